//! Answers that repeat what they were sent. Calendly does not, but what stands between may.

use crate::host::Response;
use crate::secret::MASK;

/// The answer with each secret in its body masked, for quoting from it.
pub(crate) fn redacted(response: &Response, secrets: &[&str]) -> Response {
    let mut clean = Vec::with_capacity(response.body.len());
    let mut rest = response.body.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let secret = secrets
            .iter()
            .find(|secret| secret.len() >= SHORTEST && rest.starts_with(secret.as_bytes()));
        match secret {
            Some(secret) => {
                clean.extend(MASK.as_bytes());
                rest = rest.get(secret.len()..).unwrap_or_default();
            }
            None => {
                clean.push(*first);
                rest = after;
            }
        }
    }
    Response { body: clean.into(), ..response.clone() }
}

/// Shorter texts stand in every answer by chance.
const SHORTEST: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_is_masked_wherever_it_stands() {
        let body = b"a token-1 token-1b tok".to_vec().into();
        let response = Response { body, ..Response::default() };
        assert_eq!(**redacted(&response, &["token-1", ""]).body, *b"a *** ***b tok");
    }
}
