"""The addresses of this room."""

from django.urls import URLPattern, path

from hornbook.district.learning.views import campaigns, duties, sign, today, trainings, verify

urlpatterns: list[URLPattern] = [
    path("today/", today.today, name="today"),
    path("sign/", sign.to_sign, name="sign"),
    path("sign/<uuid:key>/", sign.changed, name="sign-changes"),
    path("sign/<uuid:key>/read/", sign.read, name="sign-read"),
    path("sign/<uuid:key>/questions/", sign.question, name="sign-question"),
    path("sign/<uuid:key>/confirm/", sign.confirm, name="sign-confirm"),
    path("sign/<uuid:key>/no/", sign.refuse, name="sign-refuse"),
    path("sign/<uuid:key>/paper.txt", sign.paper, name="sign-paper"),
    path("learn/<uuid:key>/", trainings.training, name="training"),
    path("signatures/<str:number>/", sign.signature, name="signature"),
    path("signatures/<str:number>/paper.txt", sign.signature_paper, name="signature-paper"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/new/", campaigns.plan, name="campaign-plan"),
    path("campaigns/duties/", duties.duties, name="duties"),
    path("campaigns/duties/new/", duties.duty_new, name="duty-new"),
    path("campaigns/duties/<slug:key>/", duties.duty, name="duty"),
    path("campaigns/questions/<str:key>/", duties.questions, name="questions"),
    path("campaigns/question/<int:pk>/retire/", duties.question_retire, name="question-retire"),
    path("campaigns/no-school/", duties.no_school, name="no-school"),
    path("campaigns/notice/", duties.notice, name="notice"),
    path("campaigns/<uuid:key>/", campaigns.campaign, name="campaign"),
    path("campaigns/<uuid:key>/people/", campaigns.campaign_people, name="campaign-people"),
    path("campaigns/<uuid:key>/paper/", campaigns.paper_list, name="campaign-paper"),
    path("campaigns/<uuid:key>/remind/", campaigns.remind, name="campaign-remind"),
    path("campaigns/<uuid:key>/doubts/", campaigns.doubts, name="campaign-doubts"),
    path("campaigns/<uuid:key>/close/", campaigns.close, name="campaign-close"),
    path("campaigns/<uuid:key>/people/<uuid:row>/", campaigns.assignment, name="assignment"),
    path(
        "campaigns/<uuid:key>/people/<uuid:row>/withdraw/<str:number>/",
        campaigns.withdraw,
        name="signature-withdraw",
    ),
    path("verify/", verify.verify, name="verify"),
]
