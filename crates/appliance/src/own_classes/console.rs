//! The office's own classes as the console changes them.

use admin::{Act, Failure, Listed, Pending};

use super::{Action, Definition, Error, LANE, Lane, Order, OwnClasses, Preview, State, aside};

impl OwnClasses {
    fn order(&self, act: Act) -> Order {
        Order { at: (self.clock.0)(), by: act.by, reason: act.reason, note: act.note }
    }
}

impl admin::OwnClasses for OwnClasses {
    fn list(&self) -> Result<Vec<Listed>, Failure> {
        let listed = |id: &str| -> Result<Listed, Error> {
            let history = self.store.history(id)?;
            let newest = self.store.version(id, history.last_version())?;
            let told = match history.state() {
                State::Live { version } => self.store.version(id, version)?,
                State::Draft | State::Off => newest.clone(),
            };
            Ok(Listed {
                definition: newest.definition().clone(),
                samples: newest.samples(),
                provisional: told.is_provisional(),
                history,
            })
        };
        let ids = self.store.ids().map_err(failure)?;
        ids.iter().map(|id| listed(id).map_err(failure)).collect()
    }

    fn add(
        &self,
        definition: Definition,
        files: Vec<(String, Vec<u8>)>,
        act: Act,
    ) -> Pending<'_, u32> {
        Box::pin(async move {
            let mut papers = Vec::with_capacity(files.len());
            for ((name, bytes), number) in files.into_iter().zip(1..) {
                let read = self.reader.read(bytes, &name).await;
                papers.push(read.map_err(|source| Failure::File { number, source })?);
            }
            let documents = self.documents.load_full();
            let described =
                aside(
                    async move { documents.describe(definition, &papers, &Lane::bulk(LANE)).await },
                );
            let class = described.await.map_err(|error| failure(error.into()))??;
            let order = self.order(act);
            let store = self.store.clone();
            let saved = tokio::task::spawn_blocking(move || store.save(&class, order)).await;
            let version = saved.map_err(|error| Failure::Store(error.into()))?.map_err(failure)?;
            self.take_up().await.map_err(failure)?;
            Ok(version)
        })
    }

    fn preview(&self, id: String, version: u32) -> Pending<'_, Preview> {
        Box::pin(async move { self.try_out(&id, version).await.map_err(failure) })
    }

    fn change(&self, id: String, action: Action, version: u32, act: Act) -> Pending<'_, ()> {
        Box::pin(async move {
            let (store, order) = (self.store.clone(), self.order(act));
            let done =
                tokio::task::spawn_blocking(move || store.change(&id, action, version, order));
            done.await.map_err(|error| Failure::Store(error.into()))?.map_err(failure)?;
            self.take_up().await.map_err(failure)
        })
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Class(source) => Failure::Class(source),
        Error::Change(source) => Failure::Change(source),
        Error::File(_)
        | Error::Damaged { .. }
        | Error::Changed { .. }
        | Error::Unknown { .. }
        | Error::Audit(_) => Failure::Store(error.into()),
    }
}
