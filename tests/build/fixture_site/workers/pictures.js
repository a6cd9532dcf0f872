self.postMessage(typeof createImageBitmap);
