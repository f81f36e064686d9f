/**
 * Settings of a service on the local backend that may push to, and receive from, this machine.
 * @param workers folder with the programs of its assets
 */
export function localFlows(workers: string): Readonly<Record<string, string>> {
  return {
    DSC_BACKEND: 'local',
    DSC_OBJECT_STORE: 'directory',
    DSC_LOCAL_ASSETS: workers,
    DSC_LOCAL_DIRECTORY: 'work',
    DSC_OBJECT_DIRECTORY: 'objects',
    DSC_PUSH_HOSTS: '127.0.0.1',
    DSC_RECEIVE_HOSTS: '127.0.0.1',
  }
}
