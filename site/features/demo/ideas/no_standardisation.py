def standardisation(X, floor):
    features = X.shape[1]
    return np.zeros(features), np.ones(features)  # take them as they come
