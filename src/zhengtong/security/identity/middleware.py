from zhengtong.kernel.actors import ANONYMOUS


def ActorOfRequest(get_response):
    def middleware(request):
        request.actor = ANONYMOUS
        return get_response(request)

    return middleware
