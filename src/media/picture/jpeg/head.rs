//! What stands before the scan of a common JPEG (ITU-T T.81): its size, components and tables. Of a file that is not common
//! there is none, for whatever reason.

/// Codes of up to so many bits are looked up; longer ones are rare.
pub(super) const LOOK: u32 = 10;
/// The longest code, in bits.
pub(super) const LONGEST: u32 = 16;
/// Frequencies of a block.
pub(super) const BLOCK: usize = 64;
/// Where the four lowest frequencies stand: the mean, one wave across, one down, one in both directions.
pub(super) const LOWEST: [usize; 4] = [0, 1, 2, 4];

/// A JPEG, grey or light, blue and red: a baseline one of one scan, or a progressive one, of whose scans it has the first.
pub(super) struct Head<'a> {
    /// Width and height in pixels.
    pub(super) size: (u32, u32),
    pub(super) components: Vec<Component>,
    pub(super) dc: [Option<Box<Table>>; 4],
    pub(super) ac: [Option<Box<Table>>; 4],
    /// Whether the scan has the means alone, without their lowest bit as a rule, and other scans follow (G.1.1.1).
    pub(super) is_progressive: bool,
    /// So many units stand between two restarts; 0 where there are none.
    pub(super) restart: u32,
    /// The scan and what follows.
    pub(super) scan: &'a [u8],
}

/// One of grey, or of light, blue and red.
pub(super) struct Component {
    id: u8,
    /// Blocks of a unit: across and down.
    pub(super) factors: (usize, usize),
    quantization: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
    /// What the [`LOWEST`] frequencies are counted in.
    pub(super) steps: [i32; 4],
}

impl<'a> Head<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (dc, ac) = ([const { None }; 4], [const { None }; 4]);
        let (is_progressive, components) = (false, Vec::new());
        let mut head = Self { size: (0, 0), components, dc, ac, is_progressive, restart: 0, scan: &[] };
        let mut steps = [[0; 4]; 4];
        let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
        loop {
            let [0xff, marker, high, low, after @ ..] = rest else { return None };
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let (body, after) = after.split_at_checked(length.checked_sub(2)?)?;
            match *marker {
                0xc0..=0xc2 => {
                    head.is_progressive = *marker == 0xc2;
                    head.frame(body)?;
                }
                0xc4 => head.tables(body)?,
                0xdb => quantizations(body, &mut steps)?,
                0xdd => head.restart = u16::from_be_bytes(body.try_into().ok()?).into(),
                0xda => {
                    head.scan(body, &steps)?;
                    head.scan = after;
                    return Some(head);
                }
                // Lossless or arithmetic.
                0xc3..=0xcf => return None,
                // Of another colour space.
                0xee if body.starts_with(b"Adobe") && body.get(11) != Some(&1) => return None,
                _ => {}
            }
            rest = after;
        }
    }

    fn frame(&mut self, body: &[u8]) -> Option<()> {
        let [8, high, low, wide, narrow, n_components, parts @ ..] = body else { return None };
        self.size = (u16::from_be_bytes([*wide, *narrow]).into(), u16::from_be_bytes([*high, *low]).into());
        let parts = parts.as_chunks::<3>().0;
        let is_alone = parts.len() == 1;
        let component = |&[id, factors, quantization]: &[u8; 3]| {
            // Alone it has units of one block (A.2.2).
            let factors = if is_alone { (1, 1) } else { (usize::from(factors >> 4), usize::from(factors & 15)) };
            Component { id, factors, quantization: quantization.into(), dc: 0, ac: 0, steps: [0; 4] }
        };
        self.components = parts.iter().map(component).collect();
        let is_usual = |component: &Component| matches!(component.factors, (1 | 2, 1 | 2));
        let is_rgb = self.components.iter().map(|component| component.id).eq(*b"RGB");
        (matches!(n_components, 1 | 3)
            && parts.len() == usize::from(*n_components)
            && !is_rgb
            && self.components.iter().all(is_usual))
        .then_some(())
    }

    fn tables(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&[kind], rest)) = body.split_first_chunk::<1>() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let n_symbols = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(n_symbols)?;
            let tables = if kind >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(kind & 15))? = Some(Box::new(Table::new(counts, symbols)?));
            body = rest;
        }
        Some(())
    }

    /// All components have to be in it, in their order, with all of their frequencies, or with the means alone.
    fn scan(&mut self, body: &[u8], steps: &[[i32; 4]]) -> Option<()> {
        let [n_components, parts @ .., first, last, bits] = body else { return None };
        let n_lacking = match (self.is_progressive, first, last, bits) {
            (false, 0, 63, 0) => 0,
            (true, 0, 0, 0..16) => *bits,
            _ => return None,
        };
        let parts = parts.as_chunks::<2>().0;
        if usize::from(*n_components) != self.components.len() || parts.len() != self.components.len() {
            return None;
        }
        for (component, &[id, tables]) in self.components.iter_mut().zip(parts) {
            (component.dc, component.ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            component.steps = steps.get(component.quantization)?.map(|step| step << n_lacking);
            if component.id != id {
                return None;
            }
        }
        Some(())
    }
}

/// Reads of each table what is needed of it.
fn quantizations(mut body: &[u8], steps: &mut [[i32; 4]; 4]) -> Option<()> {
    while let Some((&[kind], rest)) = body.split_first_chunk::<1>() {
        let width = if kind >> 4 == 0 { 1 } else { 2 };
        let (table, rest) = rest.split_at_checked(BLOCK * width)?;
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, &byte| number << 8 | i32::from(byte));
        let step = |at: usize| table.chunks_exact(width).nth(at).map_or(0, number);
        *steps.get_mut(usize::from(kind & 15))? = LOWEST.map(step);
        body = rest;
    }
    Some(())
}

/// A code with the number that comes with it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Symbol {
    /// On by so many frequencies, that of the number included.
    pub(super) on: u8,
    /// Of code and number together; 0 for no symbol.
    pub(super) n_bits: u8,
    /// Of the number.
    pub(super) size: u8,
}

impl Symbol {
    fn new(symbol: u8, code: u32) -> Self {
        let (run, size) = (symbol >> 4, symbol & 15);
        let on = match (run, size) {
            (15, 0) => 16,
            // The end of the block.
            (_, 0) => 64,
            _ => run + 1,
        };
        // Both are at most 16.
        Self { on, n_bits: size + u8::try_from(code).unwrap_or_default(), size }
    }
}

/// A Huffman code (F.2.2.3).
pub(super) struct Table {
    /// By the next [`LOOK`] bits; none where the code is longer.
    short: [Symbol; 1 << LOOK],
    /// By their length: the first code beyond them, and where in `symbols` code 0 would be.
    ends: [(u32, i64); LONGEST as usize + 1],
    symbols: Vec<u8>,
}

impl Table {
    fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let (short, ends) = ([Symbol::default(); 1 << LOOK], [(0, 0); LONGEST as usize + 1]);
        let mut table = Self { short, ends, symbols: symbols.to_vec() };
        let (mut code, mut symbols) = (0_u32, symbols.iter().zip(0_i64..));
        for (length, &count) in (1_u32..).zip(counts) {
            let end = table.ends.get_mut(usize::try_from(length).ok()?)?;
            end.1 = symbols.clone().next().map_or(0, |(_, at)| at - i64::from(code));
            for (&symbol, _) in symbols.by_ref().take(count.into()) {
                if length <= LOOK {
                    let begin = usize::try_from(code << (LOOK - length)).ok()?;
                    table.short.get_mut(begin..begin + (1 << (LOOK - length)))?.fill(Symbol::new(symbol, length));
                }
                code += 1;
            }
            end.0 = code;
            if code > 1 << length {
                return None;
            }
            code <<= 1;
        }
        Some(table)
    }

    /// What the bits begin with, from the highest of them.
    #[inline]
    pub(super) fn symbol(&self, bits: u64) -> Option<Symbol> {
        let at = usize::try_from(bits >> (u64::BITS - LOOK)).unwrap_or_default();
        match self.short.get(at) {
            Some(symbol) if symbol.n_bits > 0 => Some(*symbol),
            _ => self.long(bits),
        }
    }

    #[cold]
    fn long(&self, bits: u64) -> Option<Symbol> {
        (LOOK + 1..=LONGEST).zip(self.ends.iter().skip(LOOK as usize + 1)).find_map(|(length, &(end, offset))| {
            let code = u32::try_from(bits >> (u64::BITS - length)).ok().filter(|code| *code < end)?;
            let at = usize::try_from(i64::from(code) + offset).ok()?;
            Some(Symbol::new(*self.symbols.get(at)?, length))
        })
    }
}
