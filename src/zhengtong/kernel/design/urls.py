"""The gallery. It asks and changes nothing, so it is open to everybody."""

from django.urls import path

from . import views

app_name = "design"
urlpatterns = [path("", views.gallery, name="gallery")]
