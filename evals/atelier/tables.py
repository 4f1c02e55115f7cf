# ruff: noqa: E501 - a record of a table stays on one line
"""The tables of `catalogue.json` beside this file: a made-up university lab with partners in medicine, climate, language and music, whose people, datasets and models exist nowhere.

`python -m evals.catalogue atelier` writes it, the same each time. One line of a table is one record.
"""

AFFILIATIONS = """
Larkmoor University
Saint Odile Hospital
Velm Climate Institute
Tessaline Conservatory
Ondal Language Centre
Cobalt Heron Labs
Brightfen Foundation
"""

# name | affiliations
USERS = """
atelier_admin |
Ileana Marsh  | Larkmoor University
wen_li        | Larkmoor University; Cobalt Heron Labs
mateo         | Larkmoor University
Marguerite    | Larkmoor University
Sofie Brandt  | Saint Odile Hospital
d.okonkwo     | Saint Odile Hospital
priya-s       | Saint Odile Hospital; Larkmoor University
Jonas Weide   | Velm Climate Institute
leila_h       | Velm Climate Institute; Larkmoor University
Camille Roux  | Tessaline Conservatory
obi           | Tessaline Conservatory; Cobalt Heron Labs
gregor        | Tessaline Conservatory
aoife.k       | Ondal Language Centre
R. Tanaka     | Ondal Language Centre
fern          |
"""

# name | size | media | tasks | created | owners, the first owns it | columns | private
DATASETS = """
discharge notes    | 128000  | text  | classification, generation   | 2020-05-11 | Sofie Brandt, d.okonkwo | note_id:int, note:string, ward:string          |
Triage Lines       | 46500   | text  | classification               | 2021-03-22 | d.okonkwo               | line:string, urgency:int                       |
Radiology Letters  | 310000  | text  | generation, classification   | 2023-06-14 | Sofie Brandt            | letter_id:int, letter:string, finding:string   | private
Brumal Reports     | 920000  | text  | regression, generation       | 2022-02-02 | Jonas Weide, leila_h    | station:string, report:string, temp_c:float    |
Ondal Treebank     | 17400   | text  | segmentation, classification | 2020-01-27 | aoife.k                 | sentence:string, tree:string, dialect:string   |
Dialect Postcards  | 5800    | text  | classification               | 2024-09-05 | aoife.k, R. Tanaka      | card:string, dialect:string, year:int          |
parallel-hymns     | 61000   | text  | generation                   | 2021-08-17 | R. Tanaka               | source:string, target:string                   |
webcrumbs          | 7600000 | text  | generation                   | 2023-01-19 | wen_li, Ileana Marsh    | url:string, passage:string                     |
Thesis Corpus      | 88000   | text  | generation, classification   | 2025-04-02 | Ileana Marsh, mateo     | title:string, passage:string, year:int         |
Liner Notes        |         | text  | classification               | 2026-02-10 | Camille Roux            | album:string, note:string, year:int            |
Frost Diaries      | 12600   | text  | regression                   | 2026-10-14 | leila_h                 | entry:string, year:int, temp_c:float           |
chestplates        | 112000  | image | classification, detection    | 2020-11-03 | d.okonkwo, Sofie Brandt | scan_id:int, scan:bytes, finding:string        |
Retina Rounds      | 35200   | image | classification, segmentation | 2021-06-30 | Sofie Brandt            | scan:bytes, mask:bytes, grade:int              |
skin-spots         | 35200   | image | classification, detection    | 2022-04-08 | priya-s                 | photo:bytes, box:string, grade:int             |
Histo Slides 3     | 540000  | image | segmentation                 | 2024-02-21 | d.okonkwo, priya-s      | tile_id:int, tile:bytes, mask:bytes            |
glacier-pairs      | 26000   | image | segmentation, regression     | 2021-10-12 | leila_h                 | before:bytes, after:bytes, melt_m:float        |
Cirrus Album       | 190000  | image | classification               | 2023-11-29 | Jonas Weide, leila_h    | photo:bytes, genus:string, station:string      |
score-sheets       | 72000   | image | segmentation, detection      | 2022-12-06 | Camille Roux, obi       | page:bytes, mask:bytes, staves:int             |
Manuscript Margins | 9100    | image | detection, segmentation      | 2026-05-18 | R. Tanaka, aoife.k      | page:bytes, box:string, year:int               |
heartbeats-16k     | 16000   | audio | classification, detection    | 2020-07-15 | priya-s                 | clip:bytes, finding:string                     |
Cough Corner       | 4300    | audio | classification               | 2021-01-25 | priya-s, d.okonkwo      | clip:bytes, label:string                       |
Choir Loft         | 23500   | audio | generation                   | 2022-09-13 | Camille Roux, obi       | clip:bytes, voices:int                         |
practice-rooms     | 152000  | audio | detection, classification    | 2024-04-16 | obi                     | clip:bytes, instrument:string, onset:float     |
fieldtalk          | 410000  | audio | classification, generation   | 2023-03-07 | aoife.k, wen_li         | clip:bytes, speaker:string, dialect:string     |
Hail Mics          | 2750    | audio | regression, detection        | 2025-07-21 | leila_h                 | clip:bytes, size_mm:float                      |
Tuning Forks       | 1200    | audio | regression                   | 2020-03-09 | gregor                  | clip:bytes, pitch_hz:float                     |
Bow Strokes        | 30500   | audio | classification, detection    | 2026-11-09 | obi                     | clip:bytes, instrument:string, label:string    |
Bedside Sounds     | 58000   | audio | detection                    | 2026-09-24 | Sofie Brandt            | clip:bytes, label:string                       | private
gait-lab           | 3600    | video | regression, classification   | 2021-12-14 | mateo, priya-s          | clip:bytes, speed_ms:float, label:string       |
Endo Clips         | 8200    | video | detection, segmentation      | 2023-08-23 | d.okonkwo               | clip:bytes, box:string                         |
storm-loops        | 19900   | video | regression, generation       | 2022-06-27 | Jonas Weide             | loop:bytes, wind_ms:float                      |
Conductor Hands    | 640     | video | classification               | 2024-11-04 | gregor, Camille Roux    | clip:bytes, beat:int                           |
signing-stories    |         | video | generation, classification   | 2025-10-08 | R. Tanaka               | clip:bytes, speaker:string, gloss:string       |
Ward Corridor      | 47000   | video | detection                    | 2024-06-19 | mateo                   | frame:bytes, people:int                        | private
"""

# name | parameters | media | training | tasks | authors, the first owns it | datasets | created | blocks, head, up, down, embedding | private
TRANSFORMERS = """
Quillon-8B      | 8000000000 | text  | pretrain | generation                   | Ileana Marsh, wen_li    | webcrumbs, Thesis Corpus               | 2025-09-15 | 36 128 16384 4096 4096 |
Quillon-1B      | 1100000000 | text  | pretrain | generation                   | wen_li, Ileana Marsh    | webcrumbs                              | 2024-03-12 | 22 64 5632 2048 2048   |
Quillon Tutor   | 1100000000 | text  | rl       | generation, classification   | wen_li, mateo           | Thesis Corpus                          | 2025-11-20 | 22 64 5632 2048 2048   |
Gloss           | 7000000000 | text  | rl       | generation                   | wen_li                  | Thesis Corpus, webcrumbs               | 2026-10-20 | 32 128 14336 4096 4096 | private
wardscribe      | 340000000  | text  | finetune | generation, classification   | Sofie Brandt, d.okonkwo | discharge notes                        | 2022-05-30 | 24 64 4096 1024 1024   |
wardscribe-lite | 66000000   | text  | finetune | classification               | Sofie Brandt            | discharge notes, Triage Lines          | 2023-02-13 | 6 64 3072 768 768      |
Radia           | 770000000  | text  | finetune | generation                   | Sofie Brandt            | Radiology Letters                      | 2024-01-17 | 36 64 5120 1280 1280   | private
Hymnal MT       | 210000000  | text  | pretrain | generation                   | R. Tanaka, aoife.k      | parallel-hymns                         | 2022-03-03 | 12 64 4096 1024 1024   |
Twig            | 110000000  | text  | finetune | segmentation, classification | aoife.k                 | Ondal Treebank                         | 2021-02-18 | 12 64 3072 768 768     |
Sleetformer     | 125000000  | text  | pretrain | regression                   | Jonas Weide             | Brumal Reports                         | 2023-05-25 | 12 64 3072 768 768     |
Lumen-B         | 86000000   | image | pretrain | classification               | priya-s, d.okonkwo      | chestplates, skin-spots                | 2022-10-11 | 12 64 3072 768 768     |
Lumen-L         | 304000000  | image | pretrain | classification, segmentation | priya-s                 | chestplates, skin-spots, Retina Rounds | 2024-05-07 | 24 64 4096 1024 1024   |
Histoscope      | 632000000  | image | finetune | segmentation                 | d.okonkwo, priya-s      | Histo Slides 3                         | 2024-10-29 | 32 80 5120 1280 1280   |
Palimpsest      |            | image | finetune | detection                    | R. Tanaka               | Manuscript Margins                     | 2026-10-06 | 12 64                  |
Cantor          | 1500000000 | audio | pretrain | generation                   | Camille Roux, obi       | Choir Loft, practice-rooms             | 2025-05-13 | 48 64 6144 1536 1536   |
Murmur          | 95000000   | audio | pretrain | classification, detection    | priya-s                 | heartbeats-16k, Cough Corner           | 2023-09-18 | 12 64 3072 768 768     |
fieldhand       | 317000000  | audio | finetune | classification, generation   | aoife.k, wen_li         | fieldtalk                              | 2024-08-20 | 24 64 4096 1024 1024   |
Endoform        | 430000000  | video | finetune | detection, segmentation      | d.okonkwo, mateo        | Endo Clips                             | 2025-02-25 | 24 64 4096 1024 1024   |
stormglaze      | 2300000000 | video | pretrain | generation, regression       | Jonas Weide, leila_h    | storm-loops                            | 2026-03-31 | 40 96 8192 2048 2048   |
"""

# the same, with the number of modules and those that are known: kernel size and pooling
CNNS = """
ribcage        | 23500000 | image | pretrain | detection                 | d.okonkwo             | chestplates    | 2020-12-17 | 4: 7max 5max 3max 3avg |
ribcage-xs     | 1900000  | image | finetune | detection, classification | d.okonkwo, priya-s    | chestplates    | 2021-09-21 | 2: 5max 3avg           |
Fundus         | 41000000 | image | pretrain | segmentation              | Sofie Brandt          | Retina Rounds  | 2021-11-08 | 6: 3max 3max 5max 5max 3avg 1other |
molecount      | 5300000  | image | finetune | classification            | priya-s               | skin-spots     | 2022-07-19 | 3: 3max 3max 1avg      |
Crevasse       | 31000000 | image | pretrain | segmentation, regression  | leila_h, Jonas Weide  | glacier-pairs  | 2022-01-24 | 5: 7max 5max 5avg 3avg 3avg |
nimbus-9       | 9800000  | image | pretrain | classification            | leila_h               | Cirrus Album   | 2024-02-06 | 4: 5max 3max 3max 1avg |
Snowcap        | 6400000  | image | finetune | segmentation              | leila_h               | glacier-pairs  | 2026-11-10 | 3: 5avg 3avg 3min      |
Staffline      | 14500000 | image | pretrain | segmentation, detection   | obi, Camille Roux     | score-sheets   | 2023-04-04 | 4: 5max 5max 3max 3other |
clefspot       | 2200000  | image | finetune | detection                 | obi                   | score-sheets   | 2024-12-12 | 2: 3max 3max           |
auscult        | 3100000  | audio | pretrain | classification            | priya-s, d.okonkwo    | heartbeats-16k | 2020-09-29 | 3: 9max 5max 3avg      |
Croup          | 3100000  | audio | finetune | classification            | priya-s               | Cough Corner   | 2021-04-13 | 2: 9max 3avg           |
overtones      | 780000   | audio | pretrain | detection                 | obi, gregor           | practice-rooms | 2024-07-02 | 2: 9avg 5min           |
Stride         | 17000000 | video | pretrain | regression, classification | mateo                | gait-lab       | 2022-08-09 | 4: 5max 3max 3avg 3avg |
corridor-count | 12000000 | video | finetune | detection                 | mateo                 | Ward Corridor  | 2024-09-16 | 3: 5max 3max 3max      | private
polyp-eye      | 26500000 | video | pretrain | detection                 | d.okonkwo             | Endo Clips     | 2023-12-05 | 4: 7max 5max 3max 3other |
"""

# the same, with the loss; batch size; input size
RNNS = """
Metronome    | 1400000  | audio | pretrain | regression     | gregor               |                | 2020-04-22 | mse; 16; 64            |
Vespers      | 8700000  | audio | pretrain | generation     | obi                  | Choir Loft     | 2022-11-15 | nll; 32; 256           |
counterpoint | 4900000  | audio | finetune | generation     | Camille Roux, gregor | Choir Loft     | 2023-07-11 | nll; 32; 128           |
sibilant     | 6200000  | audio | pretrain | classification | aoife.k              | fieldtalk      | 2023-10-24 | cross_entropy; 64; 80  |
Lullaby      |          | audio | finetune | generation     |                      |                | 2021-12-01 | mse; 16                |
triage-rnn   | 2600000  | text  | pretrain | classification | d.okonkwo            | Triage Lines   | 2021-05-05 | cross_entropy; 64; 300 |
Rime         | 11200000 | text  | pretrain | regression     | Jonas Weide, leila_h | Brumal Reports | 2022-04-26 | huber; 128; 300        |
Rime II      | 15800000 | text  | finetune | regression     | leila_h              | Brumal Reports | 2024-06-11 | huber; 128; 512        |
old-canto    | 29000000 | text  | pretrain | generation     | R. Tanaka            | parallel-hymns | 2021-10-05 | nll; 256; 512          |
Cadence      | 3700000  | text  | rl       | classification | wen_li, aoife.k      | Ondal Treebank | 2022-02-22 | bce; 32; 300           |
footfall     | 5500000  | video | pretrain | regression     | mateo, priya-s       | gait-lab       | 2022-12-20 | mse; 8; 1024           |
Isobar       | 4100000  | video | pretrain | regression     | Jonas Weide          | storm-loops    | 2023-01-31 | mse; 8; 512            |
"""

ADMIN = "atelier_admin"
OF_A_MODEL = "Made up for testing: {media} model of a university lab that does not exist."
OF_DATA = "Made up for testing: {media} data of a university lab that does not exist."
