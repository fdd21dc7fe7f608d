-- What a database is made of, one line of text per object. The order of columns in a table is left out: an upgrade
-- appends them. Read by catalogue.py, a statement at a time.

select concat_ws(' ', 'schema', n.nspname, n.nspowner::regrole)
from pg_namespace n
where n.nspname !~ '^(pg_|information_schema$)';

select concat_ws(' ', 'grant on schema', n.nspname, g.grantee::regrole, g.privilege_type, g.is_grantable)
from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) g
where n.nspname !~ '^(pg_|information_schema$)';

select concat_ws(' ', 'extension', e.extname, e.extversion)
from pg_extension e;

select concat_ws(' ', 'relation', c.relkind, c.oid::regclass, c.relowner::regrole, c.relpersistence,
    'rls', c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
    case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)' and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f');

select concat_ws(' ', 'grant on', c.oid::regclass, g.grantee::regrole, g.privilege_type, g.is_grantable)
from pg_class c join pg_namespace n on n.oid = c.relnamespace,
    aclexplode(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) g
where n.nspname !~ '^(pg_|information_schema$)' and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f');

select concat_ws(' ', 'column', c.oid::regclass || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
    case when a.attnotnull then 'not null' end, a.attidentity, a.attgenerated,
    pg_get_expr(d.adbin, d.adrelid), nullif(a.attcollation, t.typcollation)::regcollation)
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where n.nspname !~ '^(pg_|information_schema$)' and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and a.attnum > 0 and not a.attisdropped;

select concat_ws(' ', 'grant on column', c.oid::regclass || '.' || a.attname, g.grantee::regrole, g.privilege_type,
    g.is_grantable)
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace,
    aclexplode(a.attacl) g
where n.nspname !~ '^(pg_|information_schema$)' and a.attnum > 0 and not a.attisdropped;

select concat_ws(' ', 'constraint', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated)
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)';

select concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid)
from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)';

select concat_ws(' ', 'policy', c.oid::regclass, p.polname, p.polpermissive, p.polcmd,
    (select string_agg(r::regrole::text, ',' order by r::regrole::text) from unnest(p.polroles) r),
    'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)';

select concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled)
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)' and not t.tgisinternal;

select concat_ws(' ', 'function', p.oid::regprocedure, p.proowner::regrole, pg_get_functiondef(p.oid))
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname !~ '^(pg_|information_schema$)' and p.prokind in ('f', 'p', 'w');

select concat_ws(' ', 'grant on function', p.oid::regprocedure, g.grantee::regrole, g.privilege_type, g.is_grantable)
from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
    aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
where n.nspname !~ '^(pg_|information_schema$)';

select concat_ws(' ', 'type', t.oid::regtype, t.typtype, t.typowner::regrole,
    (select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid),
    nullif(t.typbasetype, 0)::regtype,
    (select string_agg(pg_get_constraintdef(k.oid), ',' order by k.conname)
     from pg_constraint k where k.contypid = t.oid))
from pg_type t join pg_namespace n on n.oid = t.typnamespace
where n.nspname !~ '^(pg_|information_schema$)' and t.typtype in ('e', 'd', 'r');

select concat_ws(' ', 'default grant', d.defaclrole::regrole, d.defaclnamespace::regnamespace, d.defaclobjtype,
    d.defaclacl)
from pg_default_acl d;

select concat_ws(' ', 'sequence', s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin,
    s.seqmax, s.seqcycle)
from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema$)';
