def fit_head(lesson, embeddings, backbone, on_step=None):
    head = SoftmaxHead(
        l2=1000,  # a fine for every large weight: it believes its pictures as little as it can
        prior=backbone.prior,
        backbone_sha256=backbone.sha256,
    )
    return head.fit(embeddings, lesson.labels, on_step=on_step, sample_weight=lesson.weight)
