/**
 * Writes an argument so that the container gets it letter for letter. In `command` and `args` the kubelet replaces `$(NAME)` by an
 * environment variable and `$$` by `$` (k8s.io/kubernetes/third_party/forked/golang/expansion), so every `$` is doubled.
 */
export function literal(argument: string): string {
  return argument.replaceAll('$', '$$$$')
}
