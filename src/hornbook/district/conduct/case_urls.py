from django.urls import URLPattern, path

from hornbook.district.conduct.views import cases, duty, mine, papers, room, school, tell

urlpatterns: list[URLPattern] = [
    path("", cases.case_list, name="cases"),
    path("school/", school.school, name="school"),
    path("even/", school.even, name="cases-even"),
    path("duty/", duty.duty, name="cases-duty"),
    path("tell/", tell.tell, name="case-tell"),
    path("mine/", mine.my_cases, name="my-cases"),
    path("mine/<uuid:key>/", mine.my_case, name="my-case"),
    path("mine/<uuid:key>/copy/", papers.my_copy, name="my-case-copy"),
    path("reports/<uuid:key>/", cases.report, name="case-report"),
    path("reports/<uuid:key>/files/<int:pk>/", cases.report_file, name="case-report-file"),
    path("<uuid:key>/", room.case, name="case"),
    path("<uuid:key>/do/<slug:what>/", room.act, name="case-act"),
    path("<uuid:key>/copy/", papers.case_copy, name="case-copy"),
    path("<uuid:key>/small/", room.small, name="case-small"),
    path("<uuid:key>/evidence/<int:pk>/", room.open_evidence, name="case-evidence"),
]
