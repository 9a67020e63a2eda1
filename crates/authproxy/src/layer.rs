//! A [tower](https://docs.rs/tower) layer that evaluates each request.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Request;
use jiff::Timestamp;
use tower_layer::Layer;
use tower_service::Service;

use crate::identity::Identity;
use crate::keys::KeySet;
use crate::peer::Peer;
use crate::refusal::Refusal;
use crate::rules::AuthProxy;

/// Evaluates each request and puts the result, a `Result<Identity, Refusal>`, into its extensions. The proofs are removed
/// from the headers. No request is answered here: public routes may ignore a refusal.
///
/// The peer is the [`Peer`] in the extensions of the request, which a layer outside of this one puts there; without one
/// the request is refused as that of an unknown peer.
///
/// ```no_run
/// use authproxy::{AuthProxy, AuthProxyLayer, Settings, Timestamp};
///
/// let settings = Settings { trust: "192.0.2.7".parse()?, user: Some("Remote-User".parse()?), ..Settings::default() };
/// let layer = AuthProxyLayer::new(AuthProxy::new(settings)?, Timestamp::now);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AuthProxyLayer {
    evaluator: Arc<Evaluator>,
}

/// The service of an [`AuthProxyLayer`].
#[derive(Clone)]
pub struct AuthProxyService<S> {
    inner: S,
    evaluator: Arc<Evaluator>,
}

struct Evaluator {
    proxy: AuthProxy,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    keys: Box<dyn Fn() -> Arc<KeySet> + Send + Sync>,
}

impl AuthProxyLayer {
    /// Returns a layer without keys for assertions.
    pub fn new(proxy: AuthProxy, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let none = Arc::new(KeySet::EMPTY);
        Self::with_keys(proxy, clock, move || Arc::clone(&none))
    }

    /// Returns a layer with keys for assertions, which may be others for each request.
    pub fn with_keys(
        proxy: AuthProxy,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        keys: impl Fn() -> Arc<KeySet> + Send + Sync + 'static,
    ) -> Self {
        Self { evaluator: Arc::new(Evaluator { proxy, clock: Box::new(clock), keys: Box::new(keys) }) }
    }
}

impl<S> Layer<S> for AuthProxyLayer {
    type Service = AuthProxyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthProxyService { inner, evaluator: Arc::clone(&self.evaluator) }
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for AuthProxyService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let Evaluator { proxy, clock, keys } = &*self.evaluator;
        let peer = request.extensions().get::<Peer>().copied();
        let result: Result<Identity, Refusal> = proxy.evaluate(peer, request.headers(), &keys(), clock());
        request.extensions_mut().insert(result);
        proxy.remove_proofs(request.headers_mut());
        self.inner.call(request)
    }
}

impl fmt::Debug for AuthProxyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthProxyLayer").field("proxy", &self.evaluator.proxy).finish_non_exhaustive()
    }
}

impl<S: fmt::Debug> fmt::Debug for AuthProxyService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthProxyService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
