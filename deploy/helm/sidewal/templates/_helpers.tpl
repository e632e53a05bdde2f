{{- define "sidewal.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "sidewal.labels" -}}
app.kubernetes.io/name: {{ .Values.app.name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "sidewal.selector" -}}
app.kubernetes.io/name: {{ .Values.app.name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sidewal.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "sidewal.database" -}}
{{ .Values.database.mountPath }}/{{ .Values.database.file }}
{{- end -}}

{{- define "sidewal.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "sidewal.name" .) }}
{{- end -}}

{{- define "sidewal.tokenSecret" -}}
{{ .Values.token.existingSecret | default (printf "%s-sidewal-token" (include "sidewal.name" .)) }}
{{- end -}}
