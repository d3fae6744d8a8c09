def DenialWitness(get_response):
    return get_response
