from django.urls import URLPattern, path

from hornbook.district.consequences import charge_views, views

urlpatterns: list[URLPattern] = [
    path("follows/", views.follows, name="follows"),
    path("follows/<uuid:key>/", views.follow, name="follow"),
    path("follows/<uuid:key>/letter/", views.letter, name="follow-letter"),
    path("follows/mine/<uuid:key>/", views.mine, name="follow-mine"),
    path("charges/", charge_views.charges, name="charges"),
    path("charges/for/<uuid:key>/", charge_views.charge_new, name="charge-new"),
    path("charges/mine/<uuid:key>/", charge_views.mine, name="charge-mine"),
    path("charges/<uuid:key>/", charge_views.charge, name="charge"),
]
