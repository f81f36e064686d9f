{{/* What it takes to run jobs in a namespace. */}}
{{- define "dsc.jobRules" -}}
# An attempt is one Job: looked for, created suspended, released by a patch, deleted.
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, create, patch, delete]
# Its pod tells how far it is (list, watch), is ended by a deadline (patch), and is deleted where somebody deleted its Job alone.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, patch, delete]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
# The worker's environment.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, create, delete]
# The sidecar's task with its temporary credentials. Never get or list: the service cannot read Secrets, not even its own.
- apiGroups: [""]
  resources: [secrets]
  verbs: [create, delete]
# Why a pod hangs when its status does not say.
- apiGroups: [""]
  resources: [events]
  verbs: [list]
{{- end -}}
