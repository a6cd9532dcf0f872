self.postMessage(typeof FileSystemFileHandle);
