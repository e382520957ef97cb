//! Driving and reading a model's ports in place.
//!
//! The library hands out where each port's value lies, once per model; from then on
//! driving and reading are plain memory accesses.

use crate::header::{Direction, PortInfo};
use crate::library::RawPort;
use crate::{Model, VerilatorError};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::slice;

/// A checked handle to a port, good for every model of the library it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    index: u32,
    library: u32,
}

/// Where a port's value lies in the model.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    /// The storage: 1, 2, 4 or 8 bytes up to 8, 16, 32 or 64 bits, 32-bit words
    /// beyond. It stays where it is as long as the model lives, is aligned like an
    /// integer of its size, and bits beyond the width are zero.
    storage: NonNull<u8>,
    width: u32,
    direction: Direction,
}

impl Slot {
    /// The slot of a port of a live model.
    pub(crate) fn of(raw: &RawPort) -> Self {
        Self {
            storage: NonNull::new(raw.storage.cast()).expect("a member has an address"),
            width: raw.width,
            direction: raw.direction(),
        }
    }

    /// Bytes that hold the value.
    fn bytes(self) -> usize {
        self.width.div_ceil(8) as usize
    }

    /// Words of a wide port.
    fn words(self) -> usize {
        self.width.div_ceil(32) as usize
    }

    fn is_wide(self) -> bool {
        self.width > 64
    }

    /// The bits of the last of `units` of `unit` bits that belong to the value.
    fn last_bits(self, unit: u32) -> u32 {
        match self.width % unit {
            0 => unit,
            bits => bits,
        }
    }
}

impl Model {
    /// The port called `name`.
    ///
    /// # Errors
    /// [`VerilatorError::NoPort`], which lists the ports that there are.
    pub fn port(&self, name: &str) -> Result<Port, VerilatorError> {
        let ports = self.ports();
        match ports.iter().position(|port| port.name == name) {
            Some(index) => Ok(Port {
                index: index as u32,
                library: self.loaded.id,
            }),
            None => Err(VerilatorError::NoPort {
                top: self.loaded.top.clone(),
                name: name.to_owned(),
                available: ports
                    .iter()
                    .map(|port| port.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }

    /// The input called `name`, `width` bits wide.
    ///
    /// # Errors
    /// [`VerilatorError::NoPort`]; [`VerilatorError::PortShape`] if it is an output
    /// or has another width.
    pub fn input(&self, name: &str, width: usize) -> Result<Port, VerilatorError> {
        self.shaped(name, width, Direction::Input)
    }

    /// The output called `name`, `width` bits wide.
    ///
    /// # Errors
    /// [`VerilatorError::NoPort`]; [`VerilatorError::PortShape`] if it is an input
    /// or has another width.
    pub fn output(&self, name: &str, width: usize) -> Result<Port, VerilatorError> {
        self.shaped(name, width, Direction::Output)
    }

    fn shaped(&self, name: &str, width: usize, way: Direction) -> Result<Port, VerilatorError> {
        let port = self.port(name)?;
        let info = self.info(port);
        if info.width as usize == width && info.direction == way {
            return Ok(port);
        }
        let shape = |way, width: usize| {
            let way = match way {
                Direction::Input => "an input",
                Direction::Output => "an output",
            };
            format!("{way} of {width} bits")
        };
        Err(VerilatorError::PortShape {
            top: self.loaded.top.clone(),
            name: name.to_owned(),
            found: shape(info.direction, info.width as usize),
            expected: shape(way, width),
        })
    }

    /// Name, width and direction of a port.
    ///
    /// # Panics
    /// If the port belongs to another library.
    pub fn info(&self, port: Port) -> &PortInfo {
        self.slot(port);
        &self.ports()[port.index as usize]
    }

    #[inline]
    fn slot(&self, port: Port) -> Slot {
        assert!(
            port.library == self.loaded.id,
            "the port belongs to another library"
        );
        self.slots[port.index as usize]
    }

    #[inline]
    fn input_slot(&self, port: Port) -> Slot {
        let slot = self.slot(port);
        assert!(
            slot.direction == Direction::Input,
            "the port is an output, which only the model drives"
        );
        slot
    }

    /// Drives an input of up to 64 bits; bits of `value` beyond its width are
    /// dropped. The model sees it at the next evaluation.
    ///
    /// # Panics
    /// If the port is wider, is an output, or belongs to another library.
    #[inline]
    pub fn set(&mut self, port: Port, value: u64) {
        let slot = self.input_slot(port);
        assert!(!slot.is_wide(), "the port has more than 64 bits");
        let value = value & (u64::MAX >> (64 - slot.width));
        // SAFETY: the storage of a port of this width is an aligned integer of this
        // size that lives as long as the model, and `&mut self` keeps others away.
        unsafe {
            match slot.width {
                0..=8 => slot.storage.write(value as u8),
                9..=16 => slot.storage.cast().write(value as u16),
                17..=32 => slot.storage.cast().write(value as u32),
                _ => slot.storage.cast().write(value),
            }
        }
    }

    /// The value of a port of up to 64 bits, as of the last evaluation.
    ///
    /// # Panics
    /// If the port is wider or belongs to another library.
    #[inline]
    pub fn get(&self, port: Port) -> u64 {
        let slot = self.slot(port);
        assert!(!slot.is_wide(), "the port has more than 64 bits");
        // SAFETY: as in `set`; nothing writes while `&self` is borrowed.
        unsafe {
            match slot.width {
                0..=8 => u64::from(slot.storage.read()),
                9..=16 => u64::from(slot.storage.cast::<u16>().read()),
                17..=32 => u64::from(slot.storage.cast::<u32>().read()),
                _ => slot.storage.cast().read(),
            }
        }
    }

    /// The value of a port of any width as bytes, least significant first.
    ///
    /// # Panics
    /// If the port belongs to another library.
    #[inline]
    pub fn bytes(&self, port: Port) -> &[u8] {
        let slot = self.slot(port);
        // SAFETY: the storage holds at least this many bytes, in little-endian order
        // because the target is, and nothing writes while `self` is borrowed.
        unsafe { slice::from_raw_parts(slot.storage.as_ptr(), slot.bytes()) }
    }

    /// An input of any width as bytes to be written, least significant first. Bits
    /// beyond the width are cleared when the borrow ends.
    ///
    /// # Panics
    /// If the port is an output or belongs to another library.
    #[inline]
    pub fn bytes_mut(&mut self, port: Port) -> BytesMut<'_> {
        let slot = self.input_slot(port);
        BytesMut {
            // SAFETY: as in `bytes`, and `self` is borrowed mutably.
            bytes: unsafe { slice::from_raw_parts_mut(slot.storage.as_ptr(), slot.bytes()) },
            mask: u8::MAX >> (8 - slot.last_bits(8)),
        }
    }

    /// The value of a port of more than 64 bits as words, least significant first.
    ///
    /// # Panics
    /// If the port is narrower or belongs to another library.
    #[inline]
    pub fn words(&self, port: Port) -> &[u32] {
        let slot = self.slot(port);
        assert!(slot.is_wide(), "the port has 64 bits or fewer");
        // SAFETY: the storage of a wide port is this many aligned words, and nothing
        // writes while `self` is borrowed.
        unsafe { slice::from_raw_parts(slot.storage.cast().as_ptr(), slot.words()) }
    }

    /// An input of more than 64 bits as words to be written, least significant
    /// first. Bits beyond the width are cleared when the borrow ends.
    ///
    /// # Panics
    /// If the port is narrower, is an output, or belongs to another library.
    #[inline]
    pub fn words_mut(&mut self, port: Port) -> WordsMut<'_> {
        let slot = self.input_slot(port);
        assert!(slot.is_wide(), "the port has 64 bits or fewer");
        WordsMut {
            // SAFETY: as in `words`, and `self` is borrowed mutably.
            words: unsafe { slice::from_raw_parts_mut(slot.storage.cast().as_ptr(), slot.words()) },
            mask: u32::MAX >> (32 - slot.last_bits(32)),
        }
    }
}

macro_rules! guard {
    ($(#[$doc:meta])* $name:ident, $field:ident, $unit:ty) => {
        $(#[$doc])*
        pub struct $name<'a> {
            $field: &'a mut [$unit],
            /// The bits of the last unit that belong to the value.
            mask: $unit,
        }

        impl Deref for $name<'_> {
            type Target = [$unit];
            #[inline]
            fn deref(&self) -> &[$unit] {
                self.$field
            }
        }

        impl DerefMut for $name<'_> {
            #[inline]
            fn deref_mut(&mut self) -> &mut [$unit] {
                self.$field
            }
        }

        impl Drop for $name<'_> {
            #[inline]
            fn drop(&mut self) {
                // Verilated code relies on the bits beyond a width being zero.
                if let Some(last) = self.$field.last_mut() {
                    *last &= self.mask;
                }
            }
        }
    };
}
guard!(
    /// The bytes of an input, to be written through; ends the value cleanly.
    BytesMut, bytes, u8
);
guard!(
    /// The words of a wide input, to be written through; ends the value cleanly.
    WordsMut, words, u32
);
