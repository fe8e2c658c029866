{{- define "seaworthy.labels" -}}
app.kubernetes.io/name: seaworthy
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "seaworthy.account" -}}
- kind: ServiceAccount
  name: seaworthy
  namespace: {{ .Values.namespace.name | quote }}
{{- end -}}

{{/* Of what does not lie in the namespace of the release: another one, in a namespace of its own, has roles of its own. */}}
{{- define "seaworthy.role" -}}
seaworthy{{ if ne .Values.namespace.name "seaworthy" }}-{{ .Values.namespace.name }}{{ end }}
{{- end -}}

{{/* A number of times a quantity, in its own unit. */}}
{{- define "seaworthy.times" -}}
{{- $quantity := toString (last .) -}}
{{- $number := regexFind "^[0-9.]+" $quantity -}}
{{- mulf (first .) $number }}{{ trimPrefix $number $quantity }}
{{- end -}}

{{- define "seaworthy.image" -}}
{{- .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}
