/** Where the inputs lie in the pod; INPUT_DIR of the worker. */
export const inputDirectory = '/inputs'
/** Where the worker writes; OUTPUT_DIR of the worker. */
export const outputDirectory = '/outputs'
/** Where the sidecar finds further certificates, and the key of the ConfigMap that holds them. */
export const certificatesDirectory = '/etc/dataspace-compute/ca'
export const certificatesFile = 'ca.crt'
/** Where the sidecar finds its task. */
export const taskDirectory = '/var/run/dataspace-compute'
/** The task's file name, which is its key in the Secret, too. */
export const taskFile = 'task.json'
