"""From a Keras model of any kind to TensorFlow.js models, and the proof that they agree."""
