-- What look-ups ask for beyond the keys, and what the region's nodes need to know of each other.
create index index_entry_municipality on index_entry (lower(municipality)) where valid_to is null and kind in ('body', 'aoo');
create index index_entry_tax_code_past on index_entry (tax_code) where valid_to is not null and kind = 'body';
create index index_layer_by_field on index_layer (field, body);
