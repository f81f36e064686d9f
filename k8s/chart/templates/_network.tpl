{{/* Ranges that are no public addresses: core/network/special-ranges.ts; a test compares. */}}
{{- define "dsc.specialRanges4" -}}
- 0.0.0.0/8
- 10.0.0.0/8
- 100.64.0.0/10
- 127.0.0.0/8
- 169.254.0.0/16
- 172.16.0.0/12
- 192.0.0.0/24
- 192.0.2.0/24
- 192.31.196.0/24
- 192.52.193.0/24
- 192.88.99.0/24
- 192.168.0.0/16
- 192.175.48.0/24
- 198.18.0.0/15
- 198.51.100.0/24
- 203.0.113.0/24
- 224.0.0.0/4
- 240.0.0.0/4
{{- end -}}
{{- define "dsc.specialRanges6" -}}
- "2001::/23"
- "2001:db8::/32"
- "2002::/16"
- "2620:4f:8000::/48"
- "3fff::/20"
{{- end -}}

{{/* Names are asked for at private addresses only: port 53 of any other is as good a way out as any. */}}
{{- define "dsc.namesRule" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
  to:
    {{- if .Values.networkPolicies.jobs.dns }}
    {{- toYaml .Values.networkPolicies.jobs.dns | nindent 4 }}
    {{- else }}
    - ipBlock: {cidr: 10.0.0.0/8}
    - ipBlock: {cidr: 100.64.0.0/10}
    - ipBlock: {cidr: 172.16.0.0/12}
    - ipBlock: {cidr: 192.168.0.0/16}
    - ipBlock: {cidr: 169.254.20.0/24}
    - ipBlock: {cidr: "fc00::/7"}
    {{- end }}
{{- end -}}

{{/* Hosts of jobs.inputHosts that are addresses; a policy cannot name a host. */}}
{{- define "dsc.inputRules" -}}
{{- range .Values.jobs.inputHosts -}}
{{- $plain := regexFind "^[0-9.]+(:[0-9]+)?$" . -}}
{{- $six := regexFind "^\\[[0-9A-Fa-f:.]+\\](:[0-9]+)?$" . -}}
{{- $address := regexReplaceAll ":[0-9]+$" $plain "" -}}
{{- if $six -}}{{- $address = regexFind "[0-9A-Fa-f:.]+" (regexFind "\\[[^\\]]+" $six | trimPrefix "[") -}}{{- end -}}
{{- if $address }}
- to:
    - ipBlock: {cidr: "{{ $address }}/{{ contains ":" $address | ternary 128 32 }}"}
  ports:
    {{- $port := regexFind "[0-9]+$" (regexFind "(^[0-9.]+|\\]):[0-9]+$" . | default "") }}
    {{- if $port }}
    - {port: {{ $port }}, protocol: TCP}
    {{- else }}
    - {protocol: TCP}
    {{- end }}
{{- end -}}
{{- end -}}
{{- end -}}
