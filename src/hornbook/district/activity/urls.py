from django.urls import URLPattern, path

from hornbook.district.activity import views
from hornbook.district.activity.bypass.views import bypass, bypass_people
from hornbook.district.activity.numbers.views import numbers
from hornbook.district.activity.rehearsal.views import rehearsal, rehearsal_run

urlpatterns: list[URLPattern] = [
    path("", views.activity, name="activity"),
    path("rehearse/", rehearsal, name="rehearsal"),
    path("rehearse/<uuid:key>/", rehearsal_run, name="rehearsal-run"),
    path("numbers/", numbers, name="activity-numbers"),
    path("around/", bypass, name="bypass"),
    path("around/people/", bypass_people, name="bypass-people"),
    path("mine/", views.mine, name="activity-mine"),
]
