# ruff: noqa: E501 - a record of a table stays on one line
"""The tables of `catalogue.json` beside this file: a made-up group of hospitals, whose people, datasets and models exist nowhere.

`python -m evals.catalogue clinic` writes it, the same each time. One line of a table is one record.
"""

AFFILIATIONS = """
Halvorsen University Hospital
St Brannoc's Infirmary
Radiology Unit West
Tamarind Institute
Meridel Health Records
Lindqvist & Moreau
Open Ward Collective
"""

# name | affiliations
USERS = """
clinic_admin    |
Dr. Oyelaran    | Halvorsen University Hospital
Ingrid Vale     | Halvorsen University Hospital; Radiology Unit West
kwabena         | Radiology Unit West
p.szymanska     | Tamarind Institute
Mateo Quispe    | St Brannoc's Infirmary
soo-ah          | Tamarind Institute; Meridel Health Records
farouk          | Meridel Health Records
Elodie Marchand | Lindqvist & Moreau
tobias.k        | Radiology Unit West
nandini         | Halvorsen University Hospital; Radiology Unit West
signe           |
hakan_b         | St Brannoc's Infirmary; Meridel Health Records
Delphine        | Lindqvist & Moreau; Tamarind Institute
"""

# name | size | media | tasks | created | owners, the first owns it | columns | private
DATASETS = """
Chest Ledger      | 112000  | image | classification, detection    | 2019-03-11 | Ingrid Vale, kwabena           | scan_id:int, view:string, finding:string    |
Kneebank          | 8400    | image | segmentation                 | 2020-06-22 | kwabena                        | knee_id:int, mask:bytes, age:int            |
retina-9k         | 9000    | image | classification               | 2021-02-15 | p.szymanska                    | eye:string, grade:int                       |
retina-30k        | 30000   | image | classification, regression   | 2023-09-04 | p.szymanska, soo-ah            | eye:string, grade:int, age:int              |
Mole Atlas        | 25600   | image | classification, segmentation | 2022-01-19 | Elodie Marchand                | lesion:string, mask:bytes, age:int          |
Bone Age Hands    | 14200   | image | regression                   | 2019-10-30 | tobias.k                       | hand:bytes, age:int, sex:string             |
Brainslices       | 310000  | image | segmentation                 | 2023-03-27 | Ingrid Vale, Dr. Oyelaran      | slice:int, mask:bytes, scanner:string       |
mammo-pilot       | 2200    | image | detection                    | 2024-02-08 | nandini                        | breast:string, box:string                   | private
Fracture Films    | 46000   | image | detection, classification    | 2021-11-05 | kwabena, tobias.k, Ingrid Vale | film:int, box:string, finding:string        |
Dental Panorama   | 5100    | image | segmentation, detection      | 2025-01-14 | Delphine                       | tooth:int, mask:bytes                       |
Ward Notes        | 640000  | text  | classification, generation   | 2020-01-08 | farouk, soo-ah                 | note:string, ward:string, lang:string       |
Discharge Letters | 185000  | text  | generation                   | 2022-08-16 | hakan_b                        | letter:string, age:int, lang:string         |
triage-sheets     | 52000   | text  | classification, regression   | 2021-05-25 | Mateo Quispe                   | complaint:string, urgency:int               |
Drug Labels EU    | 17500   | text  | detection, classification    | 2023-07-13 | Elodie Marchand, Delphine      | drug:string, label:string, lang:string      |
Radiology Reports | 920000  | text  | generation, classification   | 2019-12-02 | Ingrid Vale                    | report:string, finding:string, scan_id:int  |
Consent Forms     |         | text  | classification               | 2024-05-21 | soo-ah                         | form:string, signed:bool                    |
incident log      | 3900    | text  | classification               | 2022-10-10 | hakan_b                        | event:string, severity:int                  | private
Patient Questions | 1250000 | text  | generation                   | 2024-09-17 | farouk                         | question:string, answer:string, lang:string |
Cough Corner      | 21000   | audio | classification, detection    | 2020-09-29 | signe                          | clip:bytes, wet:bool                        |
heartsounds-A     | 3200    | audio | classification               | 2019-05-06 | Dr. Oyelaran                   | clip:bytes, murmur:bool, site:string        |
heartsounds-B     | 12800   | audio | classification, segmentation | 2022-03-31 | Dr. Oyelaran, nandini          | clip:bytes, murmur:bool, site:string        |
Bedside Dictation | 74000   | audio | generation                   | 2023-11-28 | Mateo Quispe, signe            | clip:bytes, words:string                    |
Physio Calls      | 15300   | audio | classification               | 2025-05-12 | hakan_b                        | clip:bytes, lang:string                     |
Gait Walkway      | 6700    | video | regression, classification   | 2021-08-12 | tobias.k                       | walk:int, speed:float, age:int              |
Scope Footage     | 1900    | video | detection, segmentation      | 2022-05-03 | nandini                        | frame:int, mask:bytes, polyp:bool           |
Theatre Cams      | 880     | video | classification               | 2024-11-06 | Mateo Quispe                   | phase:string, minute:float                  | private
"""

# name | parameters | media | training | tasks | authors, the first owns it | datasets | created | blocks, head, up, down, embedding | private
TRANSFORMERS = """
Wardscribe-3B     | 3000000000 | text  | pretrain | generation                 | farouk, soo-ah            | Ward Notes, Patient Questions        | 2024-10-02 | 28 128 12288 3072 3072 |
Wardscribe-400M   | 400000000  | text  | pretrain | generation                 | farouk, soo-ah            | Ward Notes                           | 2022-12-14 | 16 64 4096 1024 1024   |
Bedside Chat      | 3000000000 | text  | rl       | generation, classification | farouk                    | Patient Questions, Discharge Letters | 2025-02-19 | 28 128 12288 3072 3072 |
lettercraft       | 780000000  | text  | finetune | generation                 | hakan_b                   | Discharge Letters                    | 2023-01-25 | 24 64 6144 1536 1536   |
Reportwright      | 1300000000 | text  | pretrain | generation, classification | Ingrid Vale, Dr. Oyelaran | Radiology Reports                    | 2021-04-20 | 24 128 8192 2048 2048  |
Reportwright Mini | 125000000  | text  | finetune | generation                 | Ingrid Vale               | Radiology Reports                    | 2021-09-15 | 12 64 3072 768 768     |
triage-bert       | 110000000  | text  | finetune | classification             | Mateo Quispe, signe       | triage-sheets, Ward Notes            | 2021-07-07 | 12 64 3072 768 768     |
Labelsmith        | 66000000   | text  | finetune | detection, classification  | Elodie Marchand           | Drug Labels EU                       | 2023-08-29 | 6 64 3072 768 768      |
Incident Reader   | 110000000  | text  | finetune | classification             | hakan_b                   | incident log                         | 2022-11-22 | 12 64 3072 768 768     | private
Consentry         |            | text  | finetune | classification             | soo-ah                    | Consent Forms                        | 2024-07-09 | 6 64                   |
Chestformer       | 86000000   | image | pretrain | classification, detection  | Ingrid Vale, kwabena      | Chest Ledger                         | 2022-02-10 | 12 64 3072 768 768     |
Chestformer XL    | 632000000  | image | pretrain | classification, detection  | Ingrid Vale               | Chest Ledger, Fracture Films         | 2024-03-05 | 32 80 5120 1280 1280   |
Pictoreport       | 910000000  | image | finetune | generation                 | Ingrid Vale, soo-ah       | Chest Ledger, Radiology Reports      | 2024-06-18 | 24 96 6144 1536 1536   |
Retinova          | 22000000   | image | pretrain | classification, regression | p.szymanska               | retina-30k                           | 2023-10-23 | 12 64 1536 384 384     |
Dictaphone-M      | 244000000  | audio | pretrain | generation                 | Mateo Quispe              | Bedside Dictation                    | 2024-01-30 | 12 64 3072 768 768     |
Dictaphone-S      | 39000000   | audio | finetune | generation                 | Mateo Quispe, signe       | Bedside Dictation                    | 2024-04-11 | 4 64 1536 384 384      |
Theatrewatch      | 320000000  | video | pretrain | classification             | Mateo Quispe              | Theatre Cams, Scope Footage          | 2025-01-20 | 18 64 4096 1024 1024   | private
"""

# the same, with the number of modules and those that are known: kernel size and pooling
CNNS = """
lungnet        | 23500000 | image | pretrain | classification               | kwabena                            | Chest Ledger                 | 2019-06-17 | 4: 7max 3max 3max 3avg           |
lungnet-mobile | 2900000  | image | finetune | classification               | kwabena, tobias.k                  | Chest Ledger                 | 2020-02-26 | 2: 3max 3avg                     |
Kneecap        | 31000000 | image | pretrain | segmentation                 | kwabena                            | Kneebank                     | 2020-08-13 | 5: 3max 3max 3max 3avg 1avg      |
Eyegrade       | 11200000 | image | pretrain | classification               | p.szymanska                        | retina-9k                    | 2021-03-29 | 3: 5max 3max 3avg                |
Eyegrade 2     | 11800000 | image | finetune | classification               | p.szymanska, Delphine              | retina-9k, retina-30k        | 2023-12-12 | 3: 5max 3max 3avg                |
Molehunter     | 48000000 | image | pretrain | classification, segmentation | Elodie Marchand, Delphine          | Mole Atlas                   | 2022-04-06 | 4: 3max 3max 5avg 3other         |
handclock      | 7400000  | image | pretrain | regression                   | tobias.k                           | Bone Age Hands               | 2019-11-18 | 3: 3avg 3avg 5avg                |
Slicer-U       | 62000000 | image | pretrain | segmentation                 | Ingrid Vale, Dr. Oyelaran, nandini | Brainslices                  | 2023-05-16 | 6: 3max 3max 3max 3max 3avg 1avg |
Slicer-U Light | 7900000  | image | finetune | segmentation                 | nandini                            | Brainslices                  | 2023-11-09 | 3: 3max 3max 1avg                |
breakfinder    | 36500000 | image | finetune | detection                    | kwabena, tobias.k                  | Fracture Films               | 2022-01-31 | 4: 7max 3max 3max 3min           |
Mammoscope     | 19000000 | image | finetune | detection                    | nandini                            | mammo-pilot                  | 2024-03-28 | 3: 3max 5max 3avg                | private
Toothsome      | 4400000  | image | pretrain | segmentation, detection      | Delphine                           | Dental Panorama              | 2025-03-03 | 2: 3max 5other                   |
Orphan X-ray   | 8800000  | image | pretrain | classification               |                                    |                              | 2019-02-04 | 2: 3max                          |
Coughdrop      | 1600000  | audio | pretrain | classification               | signe                              | Cough Corner                 | 2020-11-11 | 2: 9max 5avg                     |
murmurnet      | 5300000  | audio | pretrain | classification               | Dr. Oyelaran                       | heartsounds-A                | 2019-07-24 | 2: 9max 5max                     |
murmurnet-2    | 9100000  | audio | finetune | classification, segmentation | Dr. Oyelaran, nandini              | heartsounds-A, heartsounds-B | 2022-06-07 | 3: 9max 5max 3avg                |
Polypilot      | 27000000 | video | pretrain | detection, segmentation      | nandini, Ingrid Vale               | Scope Footage                | 2022-09-01 | 4: 3max 3max 3max 3avg           |
Strider        | 14500000 | video | finetune | regression                   | tobias.k                           | Gait Walkway                 | 2023-02-20 | 3: 3avg 3avg 3min                |
"""

# the same, with the loss; batch size; input size
RNNS = """
urgency-lstm | 6200000  | text  | pretrain | regression, classification | Mateo Quispe              | triage-sheets                 | 2021-06-30 | cross_entropy; 64; 300  |
Noteflow     | 18000000 | text  | pretrain | generation                 | soo-ah                    | Ward Notes                    | 2020-04-15 | nll; 128; 512           |
Noteflow Bi  | 34000000 | text  | finetune | classification             | soo-ah, farouk            | Ward Notes, Discharge Letters | 2022-09-27 | cross_entropy; 128; 512 |
answerbot    | 27500000 | text  | rl       | generation                 | farouk, signe             | Patient Questions             | 2025-04-08 | nll; 64; 512            |
pharm-seq    | 12000000 | text  | pretrain | detection                  | Delphine                  | Drug Labels EU                | 2023-09-26 | cross_entropy; 64; 256  |
Lub-Dub      | 950000   | audio | pretrain | segmentation               | Dr. Oyelaran              | heartsounds-A                 | 2019-09-12 | bce; 16; 40             |
Coughtimer   | 1200000  | audio | pretrain | detection                  | signe, Elodie Marchand    | Cough Corner                  | 2021-01-21 | bce; 32; 40             |
Whisperward  | 15500000 | audio | finetune | generation                 | signe                     | Bedside Dictation             | 2024-02-14 | ctc; 32; 80             |
walkwise     | 2100000  | video | pretrain | regression, classification | tobias.k, Elodie Marchand | Gait Walkway                  | 2021-10-19 | mse; 32; 128            |
walkwise-r   | 2400000  | video | rl       | regression                 | tobias.k                  | Gait Walkway                  | 2022-07-14 | mse; 32; 128            |
Gradualist   | 3700000  | image | pretrain | regression                 | p.szymanska               | retina-9k                     | 2021-12-03 | huber; 16               |
"""

ADMIN = "clinic_admin"
OF_A_MODEL = "Made up for testing: {media} model of a clinic that does not exist."
OF_DATA = "Made up for testing: {media} data of a clinic that does not exist."
