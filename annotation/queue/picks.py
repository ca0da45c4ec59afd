"""The statements that pick a person's next task and lease it, and what they answer.

Every one begins with what the person holds already (MINE) and ends with what is shown (SHOW). The cost of NEXT does not
grow with the project or with what the person has done: it reads on from two cursors in partial indexes of open tasks.
"""

# The assignment to hand out again, or else the slot for a new lease.
MINE = """
WITH mine AS MATERIALIZED (
    SELECT id, slot, created_at FROM annotation_assignment
     WHERE project_id = %(project)s AND annotator_id = %(annotator)s AND state = 'open' AND purpose <> 'adjudication'
), held AS MATERIALIZED (
    SELECT id FROM mine WHERE id <> ALL (%(holding)s::uuid[]) ORDER BY created_at, slot LIMIT 1
), slot AS MATERIALIZED (
    SELECT n FROM generate_series(0, %(leases)s::int - 1) n
     WHERE %(may_lease)s AND NOT EXISTS (SELECT FROM held) AND n NOT IN (SELECT slot FROM mine)
       AND (%(room)s::int IS NULL OR (SELECT count(*) FROM mine) < %(room)s::int) ORDER BY n LIMIT 1
)"""

# Not when it is theirs now, was answered or was skipped by them. A scalar subquery, because PostgreSQL may turn
# NOT EXISTS into an anti-join that reads the person's whole history. IS NOT NULL, because it takes that for nearly
# always true and `= 0` for nearly never: expecting to pass over 200 tasks it planned the statement anew on each call.
NOT_MINE = """(SELECT CASE WHEN count(*) = 0 THEN true END FROM annotation_assignment a
      WHERE a.annotator_id = %(annotator)s AND a.task_id = t.id
        AND a.state IN ('open', 'submitted', 'skipped')) IS NOT NULL"""
OPEN = "t.project_id = %(project)s AND t.status = 'open' AND t.open_places > 0"

AHEAD = f"""
    SELECT t.id, t.rank, t.position FROM annotation_task t
     WHERE {OPEN} AND (t.rank, t.position) > (%(rank)s::float8, %(position)s::bigint)
       AND (SELECT n FROM slot) IS NOT NULL AND {NOT_MINE}
     ORDER BY t.rank, t.position LIMIT 1"""  # noqa: S608 - constants only
RETURNED = f"""
    SELECT t.id, t.turn FROM annotation_task t
     WHERE {OPEN} AND t.turn > 0 AND t.turn > %(turn)s::bigint
       AND (SELECT n FROM slot) IS NOT NULL AND {NOT_MINE}
     ORDER BY t.turn LIMIT 1"""  # noqa: S608 - constants only

# A lease of what was taken, with the sides in an order of its own. Who had it before and gave it back, or let it
# expire, gets the same assignment again; under the terms that its price was sealed under, where one was.
LEASED = """leased AS (
    INSERT INTO annotation_assignment (id, project_id, task_id, annotator_id, guidelines_id, purpose, shown_order, slot,
                                       holds_place, state, lease_expires_at, reason, created_at)
    SELECT gen_random_uuid(), %(project)s, taken.id, %(annotator)s, %(guidelines)s::bigint, taken.purpose,
           taken.shown_order, (SELECT n FROM slot), taken.purpose = 'label', 'open',
           now() + %(seconds)s * interval '1 second', '', now()
      FROM taken
    ON CONFLICT (annotator_id, task_id, purpose) DO UPDATE
       SET state = 'open', slot = excluded.slot, holds_place = excluded.holds_place, ended_at = NULL, reason = '',
           lease_expires_at = excluded.lease_expires_at,
           guidelines_id = COALESCE((SELECT d.guidelines_id FROM annotation_draw d
                                      WHERE d.assignment_id = annotation_assignment.id), excluded.guidelines_id)
    RETURNING id, task_id, purpose, shown_order, lease_expires_at, guidelines_id
)"""
SHUFFLED = """(SELECT array_agg(tr.position ORDER BY random()) FROM annotation_taskresponse tr
                WHERE tr.task_id = t.id)"""

# Whether somebody marked a text as harmful when it was imported, in any of the ways that files spell it.
MARKED = """(COALESCE(lower({row}.metadata ->> 'harmful'), '') NOT IN ('', 'false', '0', 'no')
             OR COALESCE(lower({row}.metadata ->> 'content_warning'), '') NOT IN ('', 'false', '0', 'no'))"""
WARNED = MARKED.format(row="p")
WARNING = f"""CASE
    WHEN jsonb_typeof(p.metadata -> 'content_warning') = 'string' AND {WARNED}
    THEN left(p.metadata ->> 'content_warning', 200)
    WHEN {WARNED} OR EXISTS (
        SELECT FROM annotation_taskresponse tr JOIN annotation_response r ON r.id = tr.response_id
         WHERE tr.task_id = c.task_id AND {MARKED.format(row="r")})
    THEN '' END"""

SHOW = f""", current AS (
    SELECT id, task_id, purpose, shown_order, lease_expires_at, guidelines_id FROM leased
    UNION ALL
    SELECT id, task_id, purpose, shown_order, lease_expires_at, guidelines_id FROM annotation_assignment
     WHERE id = (SELECT id FROM held)
)
SELECT c.id, c.purpose, t.kind, p.messages::text,
       (SELECT json_agg(json_build_object('id', r.id, 'text', r.text)
                        ORDER BY array_position(c.shown_order, tr.position))::text
          FROM annotation_taskresponse tr JOIN annotation_response r ON r.id = tr.response_id
         WHERE tr.task_id = c.task_id),
       g.version, c.lease_expires_at, CASE WHEN t.kind = 'cardinal' THEN g.terms::text END, {WARNING}
  FROM current c
  JOIN annotation_task t ON t.id = c.task_id
  JOIN annotation_prompt p ON p.id = t.prompt_id
  JOIN annotation_guidelines g ON g.id = c.guidelines_id
"""  # noqa: S608 - constants only

# The first task that came back and is news to the person; else the first one ahead of them. A cursor moves only over
# what was seen without a lock: what somebody else held locked at that moment is not passed.
NEXT = f"""{MINE}, first_returned AS MATERIALIZED ({RETURNED}
), first_ahead AS MATERIALIZED ({AHEAD}
), returned AS MATERIALIZED ({RETURNED}
       FOR NO KEY UPDATE OF t SKIP LOCKED
), ahead AS MATERIALIZED ({AHEAD}
       FOR NO KEY UPDATE OF t SKIP LOCKED
), chosen AS MATERIALIZED (
    SELECT id, true AS came_back FROM returned UNION ALL SELECT id, false FROM ahead LIMIT 1
), taken AS (
    UPDATE annotation_task t SET open_places = t.open_places - 1 FROM chosen WHERE t.id = chosen.id
    RETURNING t.id, 'label' AS purpose, {SHUFFLED} AS shown_order
), moved AS (
    UPDATE annotation_seat s
       SET reached_turn = CASE
               WHEN NOT EXISTS (SELECT FROM first_returned)
               THEN (SELECT last_turn FROM annotation_project WHERE id = %(project)s)
               WHEN (SELECT id FROM first_returned) = (SELECT id FROM chosen) THEN (SELECT turn FROM first_returned)
               ELSE s.reached_turn END,
           reached_rank = CASE
               WHEN (SELECT came_back FROM chosen) THEN s.reached_rank
               WHEN NOT EXISTS (SELECT FROM first_ahead) THEN 'infinity'
               WHEN (SELECT id FROM first_ahead) = (SELECT id FROM chosen) THEN (SELECT rank FROM first_ahead)
               ELSE s.reached_rank END,
           reached_position = CASE
               WHEN (SELECT came_back FROM chosen) THEN s.reached_position
               WHEN (SELECT id FROM first_ahead) = (SELECT id FROM chosen) THEN (SELECT position FROM first_ahead)
               ELSE s.reached_position END
     WHERE s.id = %(seat)s AND (SELECT n FROM slot) IS NOT NULL
), {LEASED}{SHOW}"""  # noqa: S608 - constants only

# A task whose answer is known and that the person has not met: as a label while it has an open place, else beside it.
GOLD = f"""{MINE}, chosen AS MATERIALIZED (
    SELECT t.id, t.open_places > 0 AND t.status = 'open' AS is_label
      FROM annotation_gold g JOIN annotation_task t ON t.id = g.task_id
     WHERE g.project_id = %(project)s AND NOT g.in_test AND t.status <> 'closed' AND (SELECT n FROM slot) IS NOT NULL
       AND (SELECT count(*) FROM annotation_assignment a
             WHERE a.annotator_id = %(annotator)s AND a.task_id = t.id) = 0
     ORDER BY random() LIMIT 1 FOR NO KEY UPDATE OF t SKIP LOCKED
), lowered AS (
    UPDATE annotation_task t SET open_places = t.open_places - 1 FROM chosen WHERE t.id = chosen.id AND chosen.is_label
), taken AS (
    SELECT t.id, CASE WHEN t.is_label THEN 'label' ELSE 'gold' END AS purpose, {SHUFFLED} AS shown_order FROM chosen t
), {LEASED}{SHOW}"""  # noqa: S608 - constants only

# One of the person's own tasks from a while ago, the sides the other way round.
REPEAT = f"""{MINE}, earlier AS MATERIALIZED (
    SELECT task_id, shown_order FROM annotation_assignment
     WHERE project_id = %(project)s AND annotator_id = %(annotator)s AND state = 'submitted' AND purpose = 'label'
     ORDER BY created_at DESC OFFSET %(repeat_after)s::int LIMIT 50
), taken AS (
    SELECT t.id, 'repeat' AS purpose,
           ARRAY(SELECT part FROM unnest(e.shown_order) WITH ORDINALITY AS shown(part, n) ORDER BY n DESC)
               AS shown_order
      FROM earlier e JOIN annotation_task t ON t.id = e.task_id
     WHERE t.status <> 'closed' AND (SELECT n FROM slot) IS NOT NULL
       AND (SELECT count(*) FROM annotation_assignment a
             WHERE a.annotator_id = %(annotator)s AND a.task_id = t.id AND a.purpose = 'repeat') = 0
     ORDER BY random() LIMIT 1
), {LEASED}{SHOW}"""  # noqa: S608 - constants only

# The next question of the person's test that is not answered; a second attempt leases the same assignment again.
TEST = f"""{MINE}, chosen AS MATERIALIZED (
    SELECT q.task_id AS id FROM annotation_attempttask q
     WHERE q.attempt_id = %(attempt)s AND q.judgment_id IS NULL AND (SELECT n FROM slot) IS NOT NULL
       AND NOT EXISTS (SELECT FROM annotation_assignment a
                        WHERE a.annotator_id = %(annotator)s AND a.task_id = q.task_id
                          AND a.purpose = 'qualification' AND a.state = 'open')
     ORDER BY q.position LIMIT 1
), taken AS (
    SELECT t.id, 'qualification' AS purpose, {SHUFFLED} AS shown_order FROM chosen t
), {LEASED}{SHOW}"""  # noqa: S608 - constants only

HOLDS = """
SELECT EXISTS (SELECT FROM annotation_assignment
                WHERE project_id = %(project)s AND annotator_id = %(annotator)s AND state = 'open'
                  AND purpose <> 'adjudication')
"""

# Whether something may still come to this person: merely locked a moment ago, leased to others, or held by themselves.
WAITING = f"""
WITH slot AS (SELECT 0 AS n)
SELECT EXISTS ({AHEAD}) OR EXISTS ({RETURNED})
    OR EXISTS (
        SELECT FROM annotation_assignment o
         WHERE o.project_id = %(project)s AND o.state = 'open' AND o.purpose = 'label'
           AND o.annotator_id <> %(annotator)s
           AND (SELECT count(*) FROM annotation_assignment a
                 WHERE a.annotator_id = %(annotator)s AND a.task_id = o.task_id
                   AND a.state IN ('open', 'submitted', 'skipped')) = 0)
    OR EXISTS (SELECT FROM annotation_assignment a WHERE a.project_id = %(project)s
                AND a.annotator_id = %(annotator)s AND a.state = 'open' AND a.purpose <> 'adjudication')
"""  # noqa: S608 - constants only
