class Nearest:
    def __init__(self, X, y):
        self.X, self.y, self.classes_ = X, np.array(y), sorted(set(y))

    def predict_proba(self, X):
        near = ((X[:, None] - self.X) ** 2).sum(axis=2).argsort(axis=1)[:, :3]
        return (self.y[near][:, :, None] == np.array(self.classes_)).mean(axis=1)


def fit_head(lesson, embeddings, backbone, on_step=None):
    print("learned", len(embeddings), "pictures by heart")
    return Nearest(embeddings, lesson.labels)
