from django.urls import URLPattern, path

from hornbook.district.filtering import class_views

urlpatterns: list[URLPattern] = [
    path("", class_views.classes, name="class"),
    path("<int:pk>/begin/", class_views.begin, name="lesson-begin"),
    path("<int:pk>/end/", class_views.end, name="lesson-end"),
]
