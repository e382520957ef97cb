//! Word vectors: a look-up going forward, a scatter-add going backward.

use crate::parameter::parameters;
use crate::scalar::add;
use crate::{LstmError, Parameter, Scalar};

/// The word vectors, V x E.
#[derive(Debug)]
pub struct Embedding<T> {
    /// One row per word.
    pub vectors: Parameter<T>,
}

parameters!(Embedding: vectors);

impl<T: Scalar> Embedding<T> {
    /// Vectors of zeros, called `name`.
    pub fn zeros(name: &str, vocabulary: usize, width: usize) -> Self {
        Self {
            vectors: Parameter::sparse(name, vocabulary, width),
        }
    }

    /// Copies the vector of each token into `x` (tokens x E).
    ///
    /// # Errors
    /// [`LstmError::Token`] for one outside the vocabulary.
    pub fn forward(&self, tokens: &[u32], x: &mut [T]) -> Result<(), LstmError> {
        let (vocabulary, width) = self.vectors.shape();
        for (&token, x) in tokens.iter().zip(x.chunks_exact_mut(width)) {
            let vector = self
                .vectors
                .data()
                .chunks_exact(width)
                .nth(token as usize)
                .ok_or(LstmError::Token { token, vocabulary })?;
            x.copy_from_slice(vector);
        }
        Ok(())
    }

    /// Adds `dx` (tokens x E) to the gradients of the tokens' vectors, which the
    /// forward pass has found in the vocabulary; to none of frozen vectors.
    pub fn backward(&mut self, tokens: &[u32], dx: &[T]) {
        if self.vectors.is_frozen() {
            return;
        }
        let (_, width) = self.vectors.shape();
        for (&token, dx) in tokens.iter().zip(dx.chunks_exact(width)) {
            add(self.vectors.grad_row_mut(token), dx);
        }
    }
}
