from django.urls import URLPattern, path

from hornbook.district.copyright import views

urlpatterns: list[URLPattern] = [
    path("", views.agent_page, name="copyright"),
    path("notice/", views.notice_new, name="copyright-notice-new"),
    path("mine/<slug:number>/", views.mine, name="copyright-mine"),
    path("desk/", views.queue, name="copyright-desk"),
    path("desk/agent/", views.agent_change, name="copyright-agent"),
    path("desk/add/", views.notice_add, name="copyright-notice-add"),
    path("desk/<slug:number>/", views.notice, name="copyright-notice"),
]
