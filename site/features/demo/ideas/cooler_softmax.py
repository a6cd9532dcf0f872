def softmax(scores):
    scores = scores / 5  # 5 times less sure of everything, and of the same opinion
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
