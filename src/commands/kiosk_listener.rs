//! The kiosk's address: held from one model to the next, and tried again where another program has it.

use std::sync::Arc;
use std::time::Duration;

use sleevesight::kiosk::{House, Kiosk, KioskError, KioskSettings, Serving};
use sleevesight::level::Level;
use sleevesight::station::Bulletin;

use super::{complain, log};

/// How often an address is tried that another program has.
const RETRY: Duration = Duration::from_secs(2);

/// Where the kiosk is to be, if there is to be one, and its address as soon as it can be had. While it is held, nobody
/// else gets it: who asks between two models waits for the next.
pub(super) struct KioskListener {
    wanted: Option<KioskSettings>,
    held: Option<Kiosk>,
    is_said: bool,
}

impl KioskListener {
    pub(super) fn new(wanted: Option<KioskSettings>) -> Self {
        Self { wanted, held: None, is_said: false }
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.is_some()
    }

    /// The kiosk, where its address can be had now; where it cannot, that is said once.
    ///
    /// # Errors
    ///
    /// [`KioskError::Open`], [`KioskError::System`].
    pub(super) fn kiosk(&mut self) -> Result<Option<Kiosk>, KioskError> {
        let Some(settings) = &self.wanted else { return Ok(None) };
        let held = match self.held.take().map_or_else(|| Kiosk::bind(settings), Ok) {
            Ok(kiosk) => self.held.insert(kiosk),
            Err(taken @ KioskError::Address { .. }) => {
                if !self.is_said {
                    complain(&taken.to_string());
                    self.is_said = true;
                }
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let kiosk = held.try_clone()?;
        log::say(Level::Notice, &format!("the kiosk is at http://{}", kiosk.address()));
        Ok(Some(kiosk))
    }
}

/// The kiosk of one run: it serves at once, or as soon as its address is free.
pub(super) struct KioskServer<'a> {
    listener: &'a mut KioskListener,
    bulletin: Arc<Bulletin>,
    house: House,
    serving: Option<Serving>,
    next: Duration,
}

impl<'a> KioskServer<'a> {
    /// `kiosk`: that of this listener, where its address could be had.
    ///
    /// # Errors
    ///
    /// [`KioskError::System`].
    pub(super) fn begin(
        listener: &'a mut KioskListener,
        kiosk: Option<Kiosk>,
        bulletin: Arc<Bulletin>,
        house: House,
    ) -> Result<Self, KioskError> {
        let serving = kiosk.map(|kiosk| kiosk.serve(Arc::clone(&bulletin), house.clone())).transpose()?;
        Ok(Self { listener, bulletin, house, serving, next: RETRY })
    }

    /// Tries again where it does not serve yet. `now`: the time since whenever, which goes forward.
    pub(super) fn look(&mut self, now: Duration) {
        if self.serving.is_some() || !self.listener.is_wanted() || now < self.next {
            return;
        }
        self.next = now + RETRY;
        let served = self.listener.kiosk().and_then(|kiosk| {
            kiosk.map(|kiosk| kiosk.serve(Arc::clone(&self.bulletin), self.house.clone())).transpose()
        });
        match served {
            Ok(serving) => self.serving = serving,
            Err(error) => complain(&error.to_string()),
        }
    }
}
