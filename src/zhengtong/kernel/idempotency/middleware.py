def IdempotentWrites(get_response):
    return get_response
