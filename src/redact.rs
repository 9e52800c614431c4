//! Answers that repeat what they were sent. Calendly does not, but what stands between may.

use crate::host::Response;
use crate::secret::MASK;

/// The answer with each secret in it masked, for quoting from it.
pub(crate) fn redacted(response: &Response, secrets: &[&str]) -> Response {
    let mut clean = Response { body: masked(&response.body, secrets).into(), ..response.clone() };
    for (_, value) in &mut clean.headers {
        *value = String::from_utf8_lossy(&masked(value.as_bytes(), secrets)).into_owned();
    }
    clean
}

fn masked(text: &[u8], secrets: &[&str]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(text.len());
    let mut rest = text;
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
    clean
}

/// Shorter texts stand in every answer by chance.
const SHORTEST: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_is_masked_wherever_it_stands() {
        let body = b"a token-1 token-1b tok".to_vec().into();
        let headers = vec![("x-request-id".to_owned(), "a-token-1".to_owned())];
        let clean = redacted(&Response { status: 400, headers, body }, &["token-1", ""]);
        assert_eq!(**clean.body, *b"a *** ***b tok");
        assert_eq!(clean.header("x-request-id"), Some("a-***"));
    }
}
