{{- define "seaworthy.labels" -}}
app.kubernetes.io/name: seaworthy
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "seaworthy.account" -}}
- kind: ServiceAccount
  name: seaworthy
  namespace: {{ .Values.namespace.name }}
{{- end -}}

{{- define "seaworthy.image" -}}
{{- .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}
