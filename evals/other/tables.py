# ruff: noqa: E501 - a record of a table stays on one line
"""The tables of `catalogue.json` beside this file: a made-up catalogue of people, datasets and models that exist nowhere.

`python -m evals.catalogue other` writes it, the same each time. One line of a table is one record.
"""

AFFILIATIONS = """
Northlake University
Institute for Machine Perception
Quillmark Labs
Harbour & Finch Ltd
Vesper Robotics
Tallgrass Polytechnic
Open Signal Collective
Meridian Health AI
Kestrel Audio
ZeroPoint Research
"""

# name | affiliations
USERS = """
root_admin      |
alice           | Northlake University; Quillmark Labs
bob.smith       | Quillmark Labs
chen_wei        | Northlake University; Institute for Machine Perception
Dora-Lindqvist  | Institute for Machine Perception
eve42           | Open Signal Collective
farid_h         | Vesper Robotics
grace_okoro     | Meridian Health AI; Northlake University
hiro.tanaka     | Vesper Robotics; Tallgrass Polytechnic
ines_moreau     | Kestrel Audio
jonas-beck      | Kestrel Audio; Open Signal Collective
kavya           | Tallgrass Polytechnic
liam_oneill     | Harbour & Finch Ltd
Mina Park       | Institute for Machine Perception
nadia.k         | Meridian Health AI
otto            | Harbour & Finch Ltd; Quillmark Labs; Open Signal Collective
priya_r         | Northlake University
quentin7        |
rosa            | Tallgrass Polytechnic
sven_b          | Northlake University
"""

# name | rows | media | tasks | created | owners, the first owns it | columns | private
DATASETS = """
Tidal Reviews      | 48210      | text  | classification             | 2018-04-11 | alice              | review_id:int, review:string, stars:int |
plainwords-2019    | 3200000    | text  | generation                 | 2019-02-01 | alice, chen_wei    | text:string |
legalese_eu        | 91000      | text  | classification, generation | 2020-09-17 | bob.smith          | clause:string, article:int, label:string |
Marginalia 1.5     | 764300     | text  | generation                 | 2022-06-30 | otto               | page:int, note:string |
tweetfields        | 1500000    | text  | classification, regression | 2018-11-05 | eve42              | tweet:string, lang:string, score:float |
askbarn            | 12750      | text  | generation, classification | 2021-01-20 | kavya              | question:string, answer:string |
CodeBarrel         | 25000000   | text  | generation                 | 2023-03-09 | otto, bob.smith    | path:string, content:string, licence:string |
clinic-notes       | 8400       | text  | classification             | 2022-02-14 | grace_okoro        | note_id:int, note:string, diagnosis:string | private
babel-mini         | 640000     | text  | generation                 | 2024-05-22 | priya_r            | source:string, target:string, lang:string |
poemset            | 1999       | text  | generation                 | 2019-08-08 | rosa               | title:string, poem:string |
pricewatch         | 310000     | text  | regression                 | 2025-01-15 | liam_oneill        | item:string, price:float, day:date |
newsroom_xl        | 120000000  | text  | generation, classification | 2024-11-30 | bob.smith          | headline:string, body:string, section:string |
argmap             |            | text  | classification             | 2025-07-04 | Mina Park          | |
Harvest-10         | 60000      | image | classification             | 2018-06-01 | sven_b             | image:image, label:int |
Harvest-100        | 600000     | image | classification             | 2019-06-01 | sven_b, rosa       | image:image, label:int, field_id:int |
lumen_faces        | 23500      | image | detection                  | 2020-03-12 | Dora-Lindqvist     | image:image, box:list |
MossyStreets v2    | 5000       | image | segmentation, detection    | 2021-10-10 | hiro.tanaka        | image:image, mask:image, city:string |
retina-slices      | 3662       | image | classification, segmentation | 2020-12-01 | grace_okoro, nadia.k | image:image, grade:int, mask:image |
xray_archive       | 112120     | image | classification, detection  | 2019-05-05 | nadia.k            | image:image, label:string, age:int | private
skyquilt           | 27000      | image | classification, regression | 2022-08-19 | chen_wei           | image:image, label:int, cloud_cover:float |
doodlepile         | 50000000   | image | classification, generation | 2018-01-30 | alice              | drawing:image, word:string |
partsbin-3d        | 14400      | image | detection, regression      | 2023-09-25 | farid_h            | image:image, pose:list, part:string |
tinyglyphs         | 70000      | image | classification             | 2021-02-02 | kavya              | glyph:image, label:int |
nightroads         | 36800      | image | detection                  | 2024-02-29 | hiro.tanaka, farid_h | image:image, box:list, label:string |
artscans           |            | image | generation                 | 2025-10-01 | rosa               | scan:image, artist:string |
OpenChime          | 18200      | audio | classification             | 2019-09-19 | ines_moreau        | clip:audio, label:string |
dialect_tapes      | 960        | audio | classification, generation | 2018-12-12 | jonas-beck         | clip:audio, speaker:string, region:string |
VoiceMile          | 1250000    | audio | generation                 | 2021-07-01 | jonas-beck, eve42  | clip:audio, transcript:string, speaker:string |
hum2score          | 41000      | audio | generation, regression     | 2022-04-04 | ines_moreau        | hum:audio, score:string |
birdlatch          | 9100       | audio | classification, detection  | 2020-05-16 | eve42              | clip:audio, species:string, start:float |
heartbeats-24      | 5800       | audio | classification             | 2024-01-08 | grace_okoro        | clip:audio, label:string | private
stemsplit          | 150        | audio | segmentation               | 2023-06-06 | ines_moreau        | mix:audio, vocals:audio, drums:audio |
engine_noise       | 22000      | audio | regression                 | 2025-03-21 | farid_h            | clip:audio, rpm:float | private
loopstation        | 2000       | audio | generation                 | 2023-12-24 | otto               | loop:audio, bpm:int |
KiteClips          | 13320      | video | classification             | 2019-03-03 | priya_r            | clip:video, label:string |
gestures_7         | 7000       | video | classification             | 2020-07-07 | hiro.tanaka        | clip:video, gesture:int |
longtake           | 240        | video | segmentation, generation   | 2022-10-31 | quentin7           | clip:video, mask:video |
crossing-cam       | 84500      | video | detection                  | 2023-01-17 | farid_h, hiro.tanaka | clip:video, box:list, label:string |
surgery_steps      | 410        | video | segmentation, classification | 2025-05-05 | nadia.k          | clip:video, step:string | private
cookalong          | 1000000    | video | generation, classification | 2024-08-15 | Mina Park          | clip:video, caption:string |
"""

# name | parameters | media | train | tasks | authors, the first owns it | datasets | created | blocks head up down embed | private
TRANSFORMERS = """
Falcon-Tiny 2.1   | 12400000     | text  | pretrain | generation                 | alice, chen_wei        | plainwords-2019             | 2019-05-20 | 6 32 1536 384 384 |
Falcon-Tiny 2.1-chat | 12500000  | text  | finetune | generation                 | alice                  | askbarn, Tidal Reviews      | 2021-03-14 | 6 32 1536 384 384 |
Quill-7B          | 6900000000   | text  | pretrain | generation                 | bob.smith, otto        | CodeBarrel, newsroom_xl     | 2023-08-01 | 32 128 11008 4096 4096 |
Quill-7B-rl       | 6910000000   | text  | rl       | generation                 | bob.smith              | askbarn                     | 2024-01-19 | 32 128 11008 4096 4096 |
Quill-70B         | 70300000000  | text  | pretrain | generation, classification | bob.smith, otto, alice | CodeBarrel, newsroom_xl, plainwords-2019 | 2024-06-12 | 80 128 28672 8192 8192 |
Quill-400B        | 402000000000 | text  | pretrain | generation                 | otto                   | newsroom_xl                 | 2025-09-02 | 126 128 53248 16384 16384 |
legalmouse        | 110000000    | text  | finetune | classification             | bob.smith, otto        | legalese_eu                 | 2020-11-11 | 12 64 3072 768 768 |
LexiBarn-L        | 340000000    | text  | pretrain | classification             | kavya, rosa            | plainwords-2019, askbarn    | 2019-10-03 | 24 64 4096 1024 1024 |
clinicowl         | 66000000     | text  | finetune | classification             | grace_okoro, nadia.k   | clinic-notes                | 2022-05-05 | 6 64 3072 768 768 | private
versewright       | 355000000    | text  | finetune | generation                 | rosa                   | poemset, Marginalia 1.5     | 2022-12-25 | 24 64 4096 1024 1024 |
BabelFinch        | 610000000    | text  | pretrain | generation                 | priya_r, chen_wei      | babel-mini                  | 2024-07-07 | 12 64 4096 1024 1024 |
margin-note-xs    | 980000       | text  | pretrain | regression                 | otto                   | Marginalia 1.5, tweetfields | 2022-07-18 | 2 16 256 64 64 |
gpt-heron         |              | text  | rl       | generation                 | liam_oneill            |                             | 2025-02-10 | 48 96 |
ViTile-S          | 22000000     | image | pretrain | classification             | chen_wei, Mina Park    | doodlepile                  | 2021-06-15 | 12 64 1536 384 384 |
ViTile-B          | 86000000     | image | pretrain | classification             | chen_wei, Mina Park    | doodlepile, Harvest-100     | 2021-06-16 | 12 64 3072 768 768 |
ViTile-H          | 632000000    | image | pretrain | classification, segmentation | chen_wei             | doodlepile                  | 2022-01-09 | 32 80 5120 1280 1280 |
paintpot          | 1450000000   | image | pretrain | generation                 | Dora-Lindqvist, rosa   | artscans                    | 2025-11-11 | 28 72 4608 1152 1152 |
detr-moss         | 41000000     | image | finetune | detection                  | hiro.tanaka            | MossyStreets v2, nightroads | 2024-03-30 | 6 32 2048 256 256 |
posebolt          | 58000000     | image | finetune | detection, regression      | farid_h                | partsbin-3d                 | 2023-11-02 | 8 64 2048 512 512 | private
Whisperwind       | 244000000    | audio | pretrain | generation                 | jonas-beck, ines_moreau | VoiceMile                  | 2022-09-09 | 12 64 3072 768 768 |
Whisperwind-XL    | 1550000000   | audio | pretrain | generation                 | jonas-beck             | VoiceMile, dialect_tapes    | 2023-10-10 | 32 64 5120 1280 1280 |
humformer         | 31000000     | audio | finetune | generation                 | ines_moreau            | hum2score, VoiceMile        | 2022-06-21 | 8 64 2048 512 512 |
auscultate        | 95000000     | audio | finetune | classification             | grace_okoro            | heartbeats-24               | 2024-04-04 | 12 64 3072 768 768 | private
CookBERT          | 188000000    | video | pretrain | generation, classification | Mina Park              | cookalong                   | 2024-10-20 | 12 64 3072 768 768 |
cutpoint-9        | 312000000    | video | finetune | segmentation               | quentin7               | longtake                    | 2023-04-01 | 24 64 4096 1024 1024 |
surgformer        | 121000000    | video | finetune | segmentation, classification | nadia.k, grace_okoro | surgery_steps               | 2025-06-30 | 12 64 3072 768 768 | private
"""

# name | parameters | media | train | tasks | authors | datasets | created | number of modules: kernel and pooling of each | private
CNNS = """
HarvestNet-18     | 11200000     | image | pretrain | classification             | sven_b                 | Harvest-10                  | 2018-07-07 | 5: 7max 3avg 3other 3other 3avg |
HarvestNet-50     | 25600000     | image | pretrain | classification             | sven_b, priya_r        | Harvest-10, Harvest-100     | 2019-07-20 | 5: 7max 3other 3other 3other 3avg |
glyphlet          | 61000        | image | pretrain | classification             | kavya, rosa            | tinyglyphs                  | 2021-02-28 | 3: 5max 5max 3other |
glyphlet-nano     | 4200         | image | pretrain | classification             | kavya                  | tinyglyphs                  | 2021-04-01 | 2: 3max 3min |
LumenDet v1.0     | 3400000      | image | finetune | detection                  | Dora-Lindqvist         | lumen_faces                 | 2020-06-06 | 4: 3max 3max 3max 1avg |
LumenDet v2.0     | 8900000      | image | finetune | detection                  | Dora-Lindqvist, Mina Park | lumen_faces, nightroads  | 2024-04-18 | 4: 5max 3max 3max 1avg |
mossmask          | 31500000     | image | pretrain | segmentation               | hiro.tanaka            | MossyStreets v2             | 2021-12-03 | 4: 3max 3max 3max 3other |
retinaut          | 23800000     | image | finetune | classification             | grace_okoro            | retina-slices               | 2021-01-31 | 6: 11max 5max 3other 3other 3max 3avg |
retinaut-seg      | 34500000     | image | finetune | segmentation, classification | nadia.k, grace_okoro | retina-slices               | 2021-08-30 | 3: 3max 3max 3min |
xray-sentinel     | 7980000      | image | finetune | classification, detection  | nadia.k                | xray_archive                | 2019-11-21 | 4: 7max 3avg 3avg 3avg | private
CloudGauge        | 1280000      | image | pretrain | regression                 | chen_wei               |                             | 2022-10-02 | 3: 5avg 3avg 3avg |
streetkite        | 19500000     | image | rl       | detection                  | farid_h, hiro.tanaka   | nightroads, MossyStreets v2 | 2024-09-13 | 5: 3max 3max 3max 3max 3other |
doodlegan         | 54000000     | image | pretrain | generation                 | alice                  | doodlepile                  | 2018-12-31 | 12: |
chime-cnn         | 720000       | audio | pretrain | classification             | ines_moreau            | OpenChime                   | 2019-12-12 | 4: 9max 5max 3max 3avg |
BirdLatchNet      | 5300000      | audio | finetune | detection, classification  | eve42                  | birdlatch, OpenChime        | 2020-08-24 | 3: 5max 3max 3avg |
stemknife         | 28300000     | audio | pretrain | segmentation               | ines_moreau, otto      | stemsplit                   | 2023-07-14 | 6: 5other 5other 5other 5other 5other 3other |
rpm-ear           | 350000       | audio | finetune | regression                 | farid_h                | engine_noise                | 2025-04-12 | 2: 15max 7avg | private
voxnet_v3         | 14700000     | audio | pretrain | classification, generation | jonas-beck, eve42      | dialect_tapes, VoiceMile    | 2021-09-27 | 4: 7max 5max 3max 3avg |
KiteNet 3D        | 33400000     | video | pretrain | classification             | priya_r, sven_b        | KiteClips                   | 2019-04-22 | 4: 7max 3max 3max 3avg |
crossguard        | 46200000     | video | finetune | detection                  | farid_h                | crossing-cam, nightroads    | 2023-05-08 | 24: |
"""

# name | parameters | media | train | tasks | authors | datasets | created | criteria; batch size; input size | private
RNNS = """
tidewatch-lstm    | 2300000      | text  | pretrain | classification             | alice                  | Tidal Reviews               | 2018-05-05 | cross-entropy; 64; 128 |
plainspeak        | 24000000     | text  | pretrain | generation                 | chen_wei               | plainwords-2019             | 2019-03-30 | cross-entropy; 80; 400 |
sentimeter        | 890000       | text  | finetune | classification, regression | eve42                  | tweetfields, Tidal Reviews  | 2019-01-15 | mse; 32; 100 |
priceloom         | 145000       | text  | pretrain | regression                 | liam_oneill            | pricewatch                  | 2025-02-28 | mae; 128; 24 |
priceloom-2       | 150000       | text  | rl       | regression                 | liam_oneill, otto      | pricewatch                  | 2025-08-08 | huber; 128; 32 |
argutron          |              | text  | finetune | classification             | Mina Park              |                             | 2025-07-28 | cross-entropy; 16; 300 |
ReceiptReader     | 9700000      | image | finetune | generation                 | liam_oneill            |                             | 2020-10-10 | ctc; 48; 256 | private
ScanLine OCR      | 13100000     | image | pretrain | generation                 | rosa                   | tinyglyphs                  | 2021-05-17 | ctc; 64; 512 |
deepmurmur        | 38000000     | audio | pretrain | generation                 | jonas-beck             | VoiceMile                   | 2021-07-29 | ctc; 20; 161 |
dialectician      | 1900000      | audio | finetune | classification             | jonas-beck, kavya      | dialect_tapes               | 2019-02-18 | cross-entropy; 8; 40 |
loopgru           | 5600000      | audio | pretrain | generation                 | otto                   | hum2score                   | 2024-01-02 | nll; 256; 88 |
handwave          | 6400000      | video | pretrain | classification             | hiro.tanaka, rosa      | gestures_7                  | 2020-09-01 | cross-entropy; 24; 1024 |
handwave-rl       | 6450000      | video | rl       | classification             | hiro.tanaka            | gestures_7, KiteClips       | 2021-11-23 | cross-entropy; 24; 1024 | private
stepseer          | 17800000     | video | finetune | segmentation, regression   | quentin7               | longtake, cookalong         | 2024-12-01 | focal; 4; 2048 |
"""

ADMIN = "root_admin"
OF_A_MODEL = "Made-up {media} model for tests."
OF_DATA = "Made-up {media} data for tests."
