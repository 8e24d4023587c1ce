"""From TensorFlow.js graph models to ONNX, as far as the networks that ship need it."""
