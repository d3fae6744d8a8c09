from django.urls import path

from . import views

app_name = "signing"
urlpatterns = [
    path("ca.crt", views.authority_certificate, name="authority"),
    path("ca.crl", views.revocation_list, name="crl"),
]
