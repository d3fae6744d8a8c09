def _through(get_response):
    return get_response


SecurityHeaders = RequestLimits = Language = Problems = _through
