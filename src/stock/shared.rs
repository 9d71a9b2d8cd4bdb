//! The stock as threads share it: a file that lasts, and its catalogue in memory.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
};

use super::opening::BESIDE;
use super::store::Store;
use super::{Catalogue, Details, Findings, Kept, Lookalike, Record, Rule, StockError};
use crate::aside::set_aside;
use crate::network::Bundle;
use crate::picture;
use crate::sleeve::Cover;
use crate::words::Line;

/// How many covers are read anew before they are written.
const BATCH: usize = 32;

/// The shop's own records in one file, and their catalogue in memory. Threads may share it; what one writes, all find.
/// What another program writes is found, too.
///
/// Whatever was written lasts, whenever the power goes: the file is synced before a change is told to be done.
pub struct Stock {
    rule: Rule,
    embedding: usize,
    /// Whoever changes the catalogue holds the store.
    store: Mutex<Store>,
    catalogue: RwLock<Catalogue>,
}

impl fmt::Debug for Stock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Stock").field("records", &self.len()).finish_non_exhaustive()
    }
}

impl Stock {
    /// Opens the stock of a file for the embeddings of this bundle.
    ///
    /// # Errors
    ///
    /// [`StockError`]: there is none, it is no stock or a damaged one, or its covers were read by another bundle.
    pub fn open(path: &Path, bundle: &Bundle) -> Result<Self, StockError> {
        there(path)?;
        Self::open_or_create(path, bundle)
    }

    /// The same; where there is no such file, an empty stock.
    ///
    /// # Errors
    ///
    /// As [`Stock::open`].
    pub fn open_or_create(path: &Path, bundle: &Bundle) -> Result<Self, StockError> {
        let stock = Self::unchecked(path, bundle)?;
        let views = stock.store().strangers()?.len();
        if views > 0 {
            return Err(StockError::OtherBundle { path: path.into(), views, bundle: bundle.name.clone() });
        }
        stock.reload(&mut stock.store())?;
        Ok(stock)
    }

    /// The same, though another bundle has read some of its covers, or all: by these, no record is known until they are
    /// read anew. [`Stock::unread`] tells how many there are.
    ///
    /// # Errors
    ///
    /// As [`Stock::open`], but for that.
    pub fn open_unread(path: &Path, bundle: &Bundle) -> Result<Self, StockError> {
        let stock = Self::unchecked(path, bundle)?;
        stock.reload(&mut stock.store())?;
        Ok(stock)
    }

    /// Opens the stock of a file and has all covers read anew that another bundle has read; `told` is given how many
    /// are done, of how many. What was done stays done where it is stopped. A kept cover that is damaged is passed over
    /// until the others are done.
    ///
    /// # Errors
    ///
    /// As [`Stock::open`]; what `read` says; and where covers are damaged, what is wrong with the last of them.
    pub fn renew(
        path: &Path,
        bundle: &Bundle,
        mut read: impl FnMut(&Cover) -> Result<Vec<f32>, String>,
        mut told: impl FnMut(usize, usize),
    ) -> Result<Self, StockError> {
        there(path)?;
        let stock = Self::unchecked(path, bundle)?;
        let strangers = stock.store().strangers()?;
        let mut done = 0;
        let mut damaged = None;
        for batch in strangers.chunks(BATCH) {
            let mut embeddings = Vec::with_capacity(batch.len());
            for view in batch {
                let jpeg = stock.store().cover_of_view(*view)?;
                let picture = match picture::decode(&jpeg) {
                    Ok(picture) => picture,
                    Err(error) => {
                        damaged =
                            Some(StockError::Cover(format!("view {view} of {}: {error}", path.display())));
                        continue;
                    }
                };
                let embedding = read(&Cover::centred(&picture)).map_err(StockError::Cover)?;
                stock.check(&embedding)?;
                embeddings.push((*view, embedding));
            }
            stock.store().renew(&embeddings)?;
            done += batch.len();
            told(done, strangers.len());
        }
        if let Some(error) = damaged {
            return Err(error);
        }
        stock.reload(&mut stock.store())?;
        Ok(stock)
    }

    /// Sets the file of a damaged stock aside, with what `SQLite` keeps beside it; tells where it is.
    ///
    /// # Errors
    ///
    /// As [`set_aside`].
    pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
        set_aside(path, &BESIDE)
    }

    /// Why nothing can be told to it, where nothing can: its disk is full, or read-only. It answers all the same.
    pub fn unwritable(&self) -> Option<String> {
        self.store().unwritable().map(str::to_owned)
    }

    /// How many of its covers another bundle has read, so that no record is known by them.
    pub fn unread(&self) -> usize {
        self.store().unread()
    }

    fn unchecked(path: &Path, bundle: &Bundle) -> Result<Self, StockError> {
        let rule = Rule::open(bundle)?;
        Ok(Self {
            embedding: bundle.embedding,
            store: Mutex::new(Store::open(path, &bundle.sha256)?),
            catalogue: RwLock::new(Catalogue::new(rule.clone())),
            rule,
        })
    }

    /// Adds a record with a view of its cover, and tells its number.
    ///
    /// # Errors
    ///
    /// [`StockError`] where it has no title or a text that is too long, the embedding is not of this bundle, or the file cannot be written.
    pub fn add(&self, details: &Details, cover: &Kept, embedding: &[f32]) -> Result<i64, StockError> {
        details.check()?;
        self.check(embedding)?;
        let mut store = self.store();
        let id = store.insert(details, Some((cover, embedding)))?;
        let mut catalogue = self.catalogue_mut();
        catalogue.put(Record { id, details: details.clone() });
        catalogue.show(id, embedding);
        Ok(id)
    }

    /// Adds a record without a picture of its cover, and returns its number. It is found by the words on its sleeve.
    ///
    /// # Errors
    ///
    /// [`StockError`] where it has no title or a text that is too long, or the file cannot be written.
    pub fn add_without_cover(&self, details: &Details) -> Result<i64, StockError> {
        details.check()?;
        let mut store = self.store();
        let id = store.insert(details, None)?;
        self.catalogue_mut().put(Record { id, details: details.clone() });
        Ok(id)
    }

    /// Adds another view of a record's cover: it is known by whichever is nearest.
    ///
    /// # Errors
    ///
    /// [`StockError`] where there is no such record, the embedding is not of this bundle, or the file cannot be
    /// written.
    pub fn teach(&self, id: i64, cover: &Kept, embedding: &[f32]) -> Result<(), StockError> {
        self.check(embedding)?;
        let mut store = self.store();
        self.get(id)?;
        store.insert_view(id, cover, embedding)?;
        self.catalogue_mut().show(id, embedding);
        Ok(())
    }

    /// Tells anew what the shop knows of a record. A genre that differs counts as corrected.
    ///
    /// # Errors
    ///
    /// [`StockError`] where there is no such record, it would have no title or a text that is too long, or the file cannot be written.
    pub fn edit(&self, id: i64, details: &Details) -> Result<(), StockError> {
        let mut store = self.store();
        let corrected = store.is_corrected(id)? || self.get(id)?.details.genre != details.genre;
        self.write(&mut store, id, details, corrected)
    }

    /// Corrects a record's genre. An import does not undo it.
    ///
    /// # Errors
    ///
    /// As [`Stock::edit`].
    pub fn correct(&self, id: i64, genre: &str) -> Result<(), StockError> {
        let mut store = self.store();
        let details = Details { genre: genre.trim().to_owned(), ..self.get(id)?.details.clone() };
        self.write(&mut store, id, &details, true)
    }

    /// Takes over what a table tells of a record, and tells whether that changes anything. What the table leaves empty
    /// stays, and so does a genre that the shop has corrected.
    ///
    /// # Errors
    ///
    /// As [`Stock::edit`].
    pub fn update(&self, id: i64, told: &Details) -> Result<bool, StockError> {
        let mut store = self.store();
        let corrected = store.is_corrected(id)?;
        let known = self.get(id)?.details.clone();
        let or = |new: &String, old: &String| if new.is_empty() { old.clone() } else { new.clone() };
        let details = Details {
            artist: or(&told.artist, &known.artist),
            title: or(&told.title, &known.title),
            year: told.year.or(known.year),
            genre: if corrected { known.genre.clone() } else { or(&told.genre, &known.genre) },
            shelf: or(&told.shelf, &known.shelf),
            price: or(&told.price, &known.price),
            note: or(&told.note, &known.note),
        };
        let changes = details != known;
        if changes {
            self.write(&mut store, id, &details, corrected)?;
        }
        Ok(changes)
    }

    /// Takes a record out of the stock.
    ///
    /// # Errors
    ///
    /// [`StockError`] where there is no such record, or the file cannot be written.
    pub fn remove(&self, id: i64) -> Result<(), StockError> {
        let mut store = self.store();
        self.get(id)?;
        store.delete(id)?;
        self.catalogue_mut().remove(id);
        Ok(())
    }

    /// The record of this number.
    ///
    /// # Errors
    ///
    /// [`StockError::NoRecord`] where there is none.
    pub fn get(&self, id: i64) -> Result<Arc<Record>, StockError> {
        self.catalogue().get(id).ok_or(StockError::NoRecord(id))
    }

    /// The records with all words of a text; all of them where it is empty. By number.
    pub fn search(&self, text: &str) -> Vec<Arc<Record>> {
        self.catalogue().search(text)
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.catalogue().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers of the records with this artist, title and year whose cover came from a file of this SHA-256, or
    /// was kept as one: several copies, where there are several.
    ///
    /// # Errors
    ///
    /// [`StockError`] where the file cannot be read.
    pub fn copies(&self, details: &Details, digest: &[u8; 32]) -> Result<Vec<i64>, StockError> {
        self.store().copies(details, digest)
    }

    /// The numbers of the records with this artist, title and year, each with whether it has a cover: first those
    /// without one.
    ///
    /// # Errors
    ///
    /// [`StockError`] where the file cannot be read.
    pub fn namesakes(&self, details: &Details) -> Result<Vec<(i64, bool)>, StockError> {
        self.store().namesakes(details)
    }

    /// The numbers of the records that have a cover.
    ///
    /// # Errors
    ///
    /// [`StockError`] where the file cannot be read.
    pub fn with_covers(&self) -> Result<HashSet<i64>, StockError> {
        self.store().with_covers()
    }

    /// A record's covers, one for each view of it, the first to be shown: JPEG, of 400 pixels a side at most. None for
    /// a record without a picture.
    ///
    /// # Errors
    ///
    /// [`StockError`] where there is no such record, or the file cannot be read.
    pub fn covers(&self, id: i64) -> Result<Vec<Vec<u8>>, StockError> {
        self.get(id)?;
        self.store().covers(id)
    }

    /// The first of them, of 160 pixels a side at most; `None` for a record without a picture.
    ///
    /// # Errors
    ///
    /// As [`Stock::covers`].
    pub fn thumbnail(&self, id: i64) -> Result<Option<Vec<u8>>, StockError> {
        self.get(id)?;
        self.store().thumbnail(id)
    }

    /// The `most` records that look most like this embedding, the likest first.
    ///
    /// # Panics
    ///
    /// Where the embedding is not of the bundle's network.
    pub fn lookalikes(&self, embedding: &[f32], most: usize) -> Vec<Lookalike> {
        self.look_for_news();
        self.catalogue().lookalikes(embedding, most)
    }

    /// Looks a sleeve up by the embedding of its cover and the words on it, of any passes and in any order; `lines` is
    /// empty where none were read. Returns the record, where it is known, candidates, and look-alikes.
    ///
    /// # Panics
    ///
    /// As [`Stock::lookalikes`].
    pub fn recognise(&self, embedding: &[f32], lines: &[Line]) -> Findings {
        self.look_for_news();
        self.catalogue().recognise(embedding, lines)
    }

    /// The genre under which the shop shelves this artist: that of most of the artist's records. `None` where the shop
    /// has none of the artist's, tells no genre, or is of two minds.
    pub fn genre_of_artist(&self, artist: &str) -> Option<String> {
        self.catalogue().genre_of_artist(artist)
    }

    /// Reads the catalogue anew where another program has written. Where the file cannot be read, what is in memory
    /// serves: whoever writes will be told what is wrong. So it does where another network has begun to read the covers:
    /// what this one read of them is gone from the file, and as good as it was. Whoever holds the store may wait for
    /// another program; what is in memory serves until then.
    fn look_for_news(&self) {
        let mut store = match self.store.try_lock() {
            Ok(store) => store,
            Err(TryLockError::Poisoned(store)) => store.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if store.has_news() && store.is_taken_over().is_ok_and(|taken| !taken) {
            let _ = self.reload(&mut store);
        }
    }

    /// Reads the catalogue from the file.
    fn reload(&self, store: &mut Store) -> Result<(), StockError> {
        let catalogue = RefCell::new(Catalogue::new(self.rule.clone()));
        store.load(
            |record| catalogue.borrow_mut().put(record),
            |id, embedding| {
                if embedding.len() == self.embedding {
                    catalogue.borrow_mut().show(id, embedding);
                }
            },
        )?;
        *self.catalogue_mut() = catalogue.into_inner();
        Ok(())
    }

    fn write(
        &self,
        store: &mut Store,
        id: i64,
        details: &Details,
        corrected: bool,
    ) -> Result<(), StockError> {
        details.check()?;
        store.update(id, details, corrected)?;
        self.catalogue_mut().put(Record { id, details: details.clone() });
        Ok(())
    }

    fn check(&self, embedding: &[f32]) -> Result<(), StockError> {
        let (found, wanted) = (embedding.len(), self.embedding);
        if found == wanted { Ok(()) } else { Err(StockError::Embedding { found, wanted }) }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn catalogue(&self) -> RwLockReadGuard<'_, Catalogue> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn catalogue_mut(&self) -> RwLockWriteGuard<'_, Catalogue> {
        self.catalogue.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn there(path: &Path) -> Result<(), StockError> {
    if path.exists() { Ok(()) } else { Err(StockError::Missing(PathBuf::from(path))) }
}
