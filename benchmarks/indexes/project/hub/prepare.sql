-- Numbers that look random and are the same everywhere: u in [0, 1), n below a bound, skew with few large shares.
CREATE SCHEMA loading;
CREATE FUNCTION loading.u(i bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(i, salt) & 4503599627370495)::float8 / 4503599627370496 $$;
CREATE FUNCTION loading.n(i bigint, salt int, bound int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT floor((hashint8extended(i, salt) & 4503599627370495)::float8 / 4503599627370496 * bound)::int $$;
CREATE FUNCTION loading.skew(i bigint, salt int, bound int, strength float8) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT floor(power((hashint8extended(i, salt) & 4503599627370495)::float8 / 4503599627370496, strength) * bound)::int $$;
CREATE FUNCTION loading.name(i bigint, salt int, strength float8) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (ARRAY['Al','Ber','Cas','Dor','El','Fer','Gon','Hal','Ir','Jan','Kal','Lor','Mar','Nor','Ol','Per','Quin',
  'Ros','Sal','Tor','Ul','Var','Wes','Xim','Yor','Zan'])[1 + loading.skew(i, salt, 26, strength)]
  || (ARRAY['a','be','co','di','ero','fi','gu','hi','in','jo','ke','lo'])[1 + loading.skew(i, salt + 1, 12, strength)]
  || (ARRAY['berg','dez','feld','gard','holm','ini','kov','lund','mann','nen','ova','quist','rez','sen','ton','vic'])
  [1 + loading.skew(i, salt + 2, 16, strength)] $$;
CREATE FUNCTION loading.word(i bigint, salt int, strength float8) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (ARRAY['field','river','morning','distant','wind','rain','forest','station','street','night','bird','water',
  'market','crowd','engine','harbour','bell','thunder','insect','footsteps','echo','tunnel','gravel','valley','meadow',
  'glacier','cicada','warbler','tramway','foundry','carillon','bittern','geyser','nightjar','quarry','organ','kiln',
  'lighthouse','funicular','woodcock','corncrake','didgeridoo','theremin','zither'])[1 + loading.skew(i, salt, 44, strength)] $$;
