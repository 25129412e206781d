from django.urls import URLPattern, path

from hornbook.district.records import recording_views, views

urlpatterns: list[URLPattern] = [
    path("", views.records, name="records"),
    path("holds/new/", views.hold_new, name="hold-new"),
    path("holds/<int:pk>/", views.hold, name="hold"),
    path("inspections/new/", views.inspection_new, name="inspection-new"),
    path("inspections/<int:pk>/close/", views.inspection_close, name="inspection-close"),
    path("certificates/<int:pk>/", views.certificate, name="certificate"),
    path("certificates/<int:pk>/proof/", views.certificate_proof, name="certificate-proof"),
    path("certificates/<int:pk>/pdf/", views.certificate_pdf, name="certificate-pdf"),
    path("exports/", views.exports, name="exports"),
    path("exports/public/", views.export_public, name="export-public"),
    path("exports/<uuid:key>/", views.export_download, name="export-download"),
    path("recording/", recording_views.recording, name="recording"),
    path("recording/new/", recording_views.recording_new, name="recording-new"),
    path("recording/<int:pk>/", recording_views.recording_decide, name="recording-decide"),
]
