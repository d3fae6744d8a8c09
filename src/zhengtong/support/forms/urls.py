from django.urls import path

from . import views

app_name = "forms"
urlpatterns = [path("options/<slug:table>/", views.options, name="options")]
