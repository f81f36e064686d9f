{{- define "dsc.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "dsc.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "dsc.labels" -}}
{{ include "dsc.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Names of cluster-wide objects, which releases of other namespaces must not have. */}}
{{- define "dsc.clusterName" -}}
{{- if eq .Release.Namespace (include "dsc.name" .) -}}
{{- include "dsc.name" . -}}
{{- else -}}
{{- printf "%s-%s" .Release.Namespace (include "dsc.name" .) -}}
{{- end -}}
{{- end -}}

{{- define "dsc.jobsNamespace" -}}
{{- .Values.jobs.namespace | default (printf "%s-jobs" .Release.Namespace) -}}
{{- end -}}

{{/* An image by digest where there is one: takes the chart's context and the image. */}}
{{- define "dsc.image" -}}
{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default (index . 0).Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The ConfigMap with certificates, empty where there is none. */}}
{{- define "dsc.caConfigMap" -}}
{{- if .Values.ca.existingConfigMap -}}
{{- .Values.ca.existingConfigMap -}}
{{- else if .Values.ca.certificates -}}
{{- include "dsc.name" . }}-ca
{{- end -}}
{{- end -}}

{{/* Where assets come from, empty where none do. */}}
{{- define "dsc.hasAssets" -}}
{{- if or .Values.assets.configMaps .Values.assets.inline .Values.assets.volume -}}yes{{- end -}}
{{- end -}}

{{/* Keys of the Secret that are mounted, each the file of a setting. */}}
{{- define "dsc.secretKeys" -}}
token-key: DSC_TOKEN_KEY
{{- if .Values.previousTokenKey }}
token-key-previous: DSC_TOKEN_KEY_PREVIOUS
{{- end }}
s3-access-key: S3_ACCESS_KEY
s3-secret-key: S3_SECRET_KEY
{{- if .Values.admin.expose }}
admin-token: DSC_ADMIN_TOKEN
{{- end }}
{{- if not .Values.s3.sts }}
s3-upload-access-key: S3_UPLOAD_ACCESS_KEY
s3-upload-secret-key: S3_UPLOAD_SECRET_KEY
{{- end }}
{{- end -}}
