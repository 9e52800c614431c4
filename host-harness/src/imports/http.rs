use super::CallState;
use crate::bindings::sovrium::connector::http::{Host, Request, Response, TransportError};
use crate::crash_point::{CrashPoint, reach};

impl Host for CallState {
    async fn send(
        &mut self,
        request: Request,
    ) -> wasmtime::Result<Result<Response, TransportError>> {
        reach(CrashPoint::Sending);
        let answer = self.http.send(request).await;
        reach(CrashPoint::Answered);
        Ok(answer)
    }

    async fn send_all(
        &mut self,
        requests: Vec<Request>,
    ) -> wasmtime::Result<Vec<Result<Response, TransportError>>> {
        reach(CrashPoint::Sending);
        let answers = self.http.send_all(requests).await;
        reach(CrashPoint::Answered);
        Ok(answers)
    }
}
