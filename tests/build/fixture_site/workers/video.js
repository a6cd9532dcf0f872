self.postMessage(typeof VideoDecoder);
