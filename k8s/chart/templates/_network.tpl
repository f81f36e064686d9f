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

{{/* Every public address but those of the cluster: peers. */}}
{{- define "dsc.publicPeers" -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except:
      {{- include "dsc.specialRanges4" . | nindent 6 }}
      {{- range .Values.networkPolicies.jobs.clusterRanges }}
      {{- if not (contains ":" .) }}
      - {{ . }}
      {{- end }}
      {{- end }}
- ipBlock:
    cidr: "2000::/3"
    except:
      {{- include "dsc.specialRanges6" . | nindent 6 }}
      {{- range .Values.networkPolicies.jobs.clusterRanges }}
      {{- if regexMatch "^[23][0-9a-fA-F]{3}:" . }}
      - {{ . | quote }}
      {{- end }}
      {{- end }}
{{- end -}}

{{/* The object store as pods reach it: host (of an IPv6 address without brackets), port, whether it is an address, namespace of its Service. */}}
{{- define "dsc.objectStore" -}}
{{- $url := urlParse (.Values.s3.podEndpoint | default .Values.s3.endpoint) -}}
{{- $host := regexReplaceAll ":[0-9]+$" $url.host "" -}}
host: {{ trimAll "[]" $host | quote }}
port: {{ regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (eq $url.scheme "https" | ternary "443" "80") }}
isAddress: {{ regexMatch "^(\\[.*\\]|[0-9.]+)$" $host }}
{{- if regexMatch "^[a-z0-9-]+\\.[a-z0-9-]+\\.svc(\\..*)?$" $host }}
namespace: {{ index (splitList "." $host) 1 | quote }}
{{- end }}
{{- end -}}

{{/* The object store's host where nothing but its name is known of it: a policy cannot name a host. */}}
{{- define "dsc.storeByName" -}}
{{- $store := include "dsc.objectStore" . | fromYaml -}}
{{- if not (or .Values.networkPolicies.jobs.objectStore $store.isAddress $store.namespace) -}}{{ $store.host }}{{- end -}}
{{- end -}}

{{/*
Where the object store is. Policies see a Service's pods with their own ports, so a Service's namespace is let through as a whole.
Of a name the chart knows no address: public ones then, at its port. A name that surely has a private one would be out of reach.
*/}}
{{- define "dsc.objectStoreRule" -}}
{{- $store := include "dsc.objectStore" . | fromYaml -}}
{{- $named := include "dsc.storeByName" . -}}
{{- if and $named (regexMatch "^[^.]+\\.?$|\\.(localhost|local|internal|intranet|private|corp|home|lan|home\\.arpa|svc)\\.?$" $named) -}}
{{- fail (printf "networkPolicies.jobs.objectStore: needed, because the object store's name as pods reach it, %s, is one of a private network, and a NetworkPolicy cannot name a host. Give its peers, such as [{ipBlock: {cidr: 10.0.0.7/32}}]; name a Service in full in s3.podEndpoint: name.namespace.svc" $named) -}}
{{- end -}}
{{- if .Values.networkPolicies.jobs.objectStore -}}
- to:
    {{- toYaml .Values.networkPolicies.jobs.objectStore | nindent 4 }}
{{- else if $store.namespace -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ $store.namespace }}
{{- else -}}
- ports:
    - {port: {{ $store.port }}, protocol: TCP}
  to:
    {{- if $store.isAddress }}
    - ipBlock: {cidr: "{{ $store.host }}/{{ contains ":" $store.host | ternary 128 32 }}"}
    {{- else }}
    # A policy cannot name a host: public addresses, then. Name its own in networkPolicies.jobs.objectStore where you know them; where
    # they are private you must.
    {{- include "dsc.publicPeers" . | nindent 4 }}
    {{- end }}
{{- end -}}
{{- end -}}
