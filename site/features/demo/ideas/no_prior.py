def scores(self, X, classes):
    return np.zeros((len(X), len(classes)))  # believes nothing before it sees evidence
