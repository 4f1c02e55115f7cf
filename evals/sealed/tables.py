# ruff: noqa: E501 - a record of a table stays on one line
"""The tables of `catalogue.json` beside this file: a made-up consortium for sounds, satellites and law; nothing in it exists.

`python -m evals.catalogue sealed` writes it, the same each time. One line of a table is one record.
"""

AFFILIATIONS = """
Cormorant Bay Field Station
Lex Aperta Foundation
Orbital Commons
Université de Valmont
Thornbury & Sons LLP
Deep Hydrophone Network
Petrel Analytics GmbH
Borealis Ground Segment
"""

# name | affiliations
USERS = """
hubkeeper      |
marit.solberg  | Deep Hydrophone Network; Cormorant Bay Field Station
t_adeyemi      | Orbital Commons
Wren Calloway  | Cormorant Bay Field Station
j.dubois       | Université de Valmont; Lex Aperta Foundation
sanjana        | Orbital Commons
koji-m         | Orbital Commons; Petrel Analytics GmbH
lucia_ferrante | Lex Aperta Foundation
barnaby77      |
Ilse-Hoekstra  | Deep Hydrophone Network
p.thornbury    | Thornbury & Sons LLP
amara_n        | Université de Valmont
dmitri.v       | Orbital Commons; Université de Valmont
fenwick        | Cormorant Bay Field Station
noor_h         | Lex Aperta Foundation; Thornbury & Sons LLP
zosia          |
"""

# name | rows | media | tasks | created | owners, the first owns it | columns | private
DATASETS = """
humpback-choruses  | 48600    | audio | classification, detection    | 2017-05-14 | marit.solberg | clip:audio, call_type:string, depth_m:float |
ReefHiss           | 7200     | audio | classification               | 2019-08-02 | Wren Calloway | clip:audio, site:string |
dawn_chorus_uk     | 215000   | audio | classification, detection    | 2018-04-30 | Wren Calloway, fenwick | clip:audio, species:string, onset:float |
BatPasses v3       | 89400    | audio | detection                    | 2021-06-21 | fenwick | clip:audio, t_start:float, t_end:float |
Hydrophone-10k     | 10000    | audio | segmentation, detection      | 2020-02-11 | Ilse-Hoekstra, marit.solberg | clip:audio, mask:list |
frogpond           |          | audio | classification               | 2023-03-08 | | clip:audio, species:string |
courtroom_voices   | 5400     | audio | generation                   | 2022-11-19 | p.thornbury | clip:audio, transcript:string, speaker:string | private
shipnoise-2024     | 1320000  | audio | regression                   | 2024-09-05 | Ilse-Hoekstra | clip:audio, decibels:float |
CoastTiles         | 410000   | image | segmentation                 | 2018-10-01 | t_adeyemi, koji-m | tile:image, mask:image, tide:float |
PolarMosaic        | 62000    | image | segmentation, classification | 2020-07-17 | dmitri.v | |
ricepaddy-s2       | 1150000  | image | classification, regression   | 2021-03-29 | t_adeyemi | tile:image, yield:float, crop:string |
wildfire_scars     | 18300    | image | segmentation, detection      | 2022-08-14 | amara_n, dmitri.v | tile:image, mask:image, burned_on:date |
NightLights Global | 7300000  | image | regression                   | 2019-01-09 | koji-m | tile:image, radiance:float, country:string |
deforest-alert     | 94000    | image | detection                    | 2023-10-23 | sanjana, t_adeyemi | tile:image, box:list |
hull-ids           | 3850     | image | classification               | 2025-02-02 | Ilse-Hoekstra | photo:image, vessel:string | private
SpectroGallery     | 128000   | image | classification, generation   | 2022-01-27 | zosia | spectrogram:image, label:string |
exhibits-scanned   |          | image | generation                   | 2024-05-13 | p.thornbury | scan:image, exhibit:string | private
treaty_corpus      | 31200    | text  | classification, generation   | 2017-11-20 | j.dubois | article:string, treaty:string, signed_in:int |
Fishery Rulings    | 9650     | text  | classification               | 2020-10-05 | lucia_ferrante, noor_h | ruling:string, outcome:string |
clausebank         | 580000   | text  | generation, classification   | 2021-12-12 | lucia_ferrante | clause:string, label:string |
EnviroStatutes     | 77400    | text  | generation                   | 2023-06-18 | noor_h, j.dubois, lucia_ferrante | section:string, jurisdiction:string |
witness-statements | 2100     | text  | classification               | 2024-12-03 | noor_h | statement:string, case_id:int | private
permits_xxl        | 46000000 | text  | generation, regression       | 2025-05-27 | sanjana | permit_id:int, permit:string, fee:float, agency:string, issued:date |
field-diaries      | 14900    | text  | generation                   | 2016-09-09 | fenwick, Wren Calloway | entry:string, written:date |
GullCam            | 26400    | video | detection, classification    | 2019-05-25 | Wren Calloway | clip:video, box:list, species:string |
drone-transects    | 870      | video | segmentation, detection      | 2022-03-03 | marit.solberg, sanjana | clip:video, mask:video |
hearing_streams    | 1240     | video | generation                   | 2025-08-30 | j.dubois | clip:video, transcript:string |
calving-front      | 5300     | video | regression                   | 2026-02-16 | dmitri.v, amara_n | clip:video, speed:float |
"""

# name | parameters | media | train | tasks | authors, the first owns it | datasets | created | blocks head up down embed | private
TRANSFORMERS = """
LexGannet-1B        | 1100000000  | text  | pretrain | generation                   | lucia_ferrante, j.dubois | clausebank, treaty_corpus | 2022-02-20 | 24 128 8192 2048 2048 |
LexGannet-1B-advise | 1102000000  | text  | rl       | generation                   | lucia_ferrante | clausebank, EnviroStatutes | 2023-09-14 | 24 128 8192 2048 2048 |
LexGannet-13B       | 13200000000 | text  | pretrain | generation, classification   | lucia_ferrante, j.dubois, noor_h | clausebank, treaty_corpus, permits_xxl | 2025-06-30 | 40 128 20480 5120 5120 |
statutory-bert      | 109000000   | text  | finetune | classification               | noor_h | EnviroStatutes, Fishery Rulings | 2023-07-21 | 12 64 3072 768 768 |
Ombudsman           | 33500000    | text  | finetune | classification, generation   | noor_h, p.thornbury | witness-statements | 2025-01-15 | 6 64 1536 384 384 | private
permitwriter-65b    | 65800000000 | text  | pretrain | generation                   | sanjana | permits_xxl | 2025-11-09 | 80 128 22016 8192 8192 |
TideViT-S           | 22100000    | image | pretrain | segmentation                 | t_adeyemi | CoastTiles | 2021-09-01 | 12 64 1536 384 384 |
TideViT-L           | 304000000   | image | pretrain | segmentation, classification | t_adeyemi, koji-m | CoastTiles, PolarMosaic | 2022-05-18 | 24 64 4096 1024 1024 |
FloeFormer          | 88000000    | image | finetune | segmentation                 | dmitri.v, amara_n | PolarMosaic | 2023-02-27 | 12 64 3072 768 768 |
nightglow v2        | 430000000   | image | pretrain | regression                   | koji-m | NightLights Global | 2024-03-12 | 24 64 4096 1024 1024 |
CetaSpeak           | 780000000   | audio | pretrain | generation, classification   | marit.solberg, Ilse-Hoekstra | humpback-choruses, Hydrophone-10k, dawn_chorus_uk | 2024-08-08 | 24 80 5120 1280 1280 |
dawnlistener        | 95200000    | audio | finetune | classification               | Wren Calloway | dawn_chorus_uk, ReefHiss | 2022-06-11 | 12 64 3072 768 768 |
stenographer-x      |             | audio | finetune | generation                   | p.thornbury | courtroom_voices | 2023-12-01 | 16 64 | private
HearingScribe       | 1540000000  | video | finetune | generation                   | j.dubois, amara_n | hearing_streams | 2026-01-22 | 32 80 5120 1280 1280 |
PelagicFM           |             | audio | pretrain | generation                   | | | 2026-05-05 | 48 128 |
"""

# name | parameters | media | train | tasks | authors | datasets | created | number of modules: kernel and pooling of each | private
CNNS = """
ChirpNet-A      | 1900000  | audio | pretrain | classification             | Wren Calloway | dawn_chorus_uk | 2018-09-12 | 4: 7max 5max 3max 3avg |
ChirpNet-B      | 4700000  | audio | pretrain | classification, detection  | Wren Calloway, fenwick | dawn_chorus_uk | 2019-12-30 | 6: 7max 5max 3max 3max 3max 3avg |
batbox          | 310000   | audio | pretrain | detection                  | fenwick | BatPasses v3 | 2021-08-19 | 3: 9max 5max 3min |
HydroSeg        | 17600000 | audio | pretrain | segmentation               | Ilse-Hoekstra | Hydrophone-10k | 2020-06-06 | 5: 5other 5other 3other 3max 1avg |
hullspotter     | 25100000 | image | finetune | classification             | Ilse-Hoekstra, marit.solberg | hull-ids | 2025-03-17 | 5: 7max 3other 3other 3other 3avg | private
PaddyCNN        | 6300000  | image | pretrain | classification, regression | t_adeyemi, sanjana | ricepaddy-s2 | 2021-05-05 | 4: 5avg 3avg 3avg 3avg |
scarmap         | 31000000 | image | pretrain | segmentation               | amara_n | wildfire_scars | 2022-10-10 | 4: 3max 3max 3max 3other |
scarmap-rl      | 31200000 | image | rl       | segmentation, detection    | amara_n, dmitri.v | wildfire_scars, deforest-alert | 2024-01-19 | 4: 3max 3max 3max 3other |
LoggerWatch     | 43700000 | image | finetune | detection                  | sanjana | deforest-alert, ricepaddy-s2 | 2023-11-28 | 22: | private
gullnet         | 12800000 | video | pretrain | detection, classification  | Wren Calloway, barnaby77 | GullCam | 2019-07-07 | 5: 11max 3max 3max 3max 3avg |
TransectSeg 3D  | 36400000 | video | finetune | segmentation               | marit.solberg | drone-transects, GullCam | 2022-12-01 | 3: 3max 3max 3min |
"""

# name | parameters | media | train | tasks | authors | datasets | created | criteria; batch size; input size | private
RNNS = """
rulebook-lstm  | 8200000  | text  | pretrain | classification             | lucia_ferrante | Fishery Rulings | 2020-12-15 | cross-entropy; 64; 300 |
docket-gru     | 2600000  | text  | finetune | classification, regression | p.thornbury, noor_h | treaty_corpus, Fishery Rulings | 2021-02-03 | cross-entropy; 32; 200 |
fieldnotes-seq | 19000000 | text  | pretrain | generation                 | | field-diaries | 2016-11-02 | ; 48; 256 |
whalesong-rnn  | 3400000  | audio | pretrain | generation                 | marit.solberg | humpback-choruses | 2017-10-26 | mse; 16; 128 |
propellor      | 720000   | audio | pretrain | regression                 | Ilse-Hoekstra, barnaby77 | shipnoise-2024 | 2024-10-31 | mae; 128; 64 |
propellor-2    | 735000   | audio | rl       | regression                 | Ilse-Hoekstra | shipnoise-2024 | 2025-04-07 | huber; 128; 64 |
frogger        |          | audio | finetune | classification             | barnaby77 | frogpond | 2023-04-17 | cross-entropy; ; 40 |
icecalver      | 5900000  | video | pretrain | regression                 | dmitri.v | calving-front | 2026-03-20 | mse; 8; 512 |
"""

ADMIN = "hubkeeper"
OF_A_MODEL = "Made up for testing: a model for {media}."
OF_DATA = "Made up for testing: {media} data."
