use super::CallState;
use crate::bindings::sovrium::connector::http::{Host, Request, Response, TransportError};

impl Host for CallState {
    async fn send(
        &mut self,
        request: Request,
    ) -> wasmtime::Result<Result<Response, TransportError>> {
        Ok(self.http.send(request).await)
    }

    async fn send_all(
        &mut self,
        requests: Vec<Request>,
    ) -> wasmtime::Result<Vec<Result<Response, TransportError>>> {
        Ok(self.http.send_all(requests).await)
    }
}
